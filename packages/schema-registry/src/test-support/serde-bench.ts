import { silentLogger, type SerdeContext, type SerdeUse } from '@millrace/core'
import { onTestFinished } from 'vitest'
import { type RunningSchemaRegistry, startSchemaRegistry } from '../dev/index.js'
import type { RegistryRequest } from '../dev/index.js'
import { createSchemaRegistry, type SchemaRegistryOptions } from '../registry/create-schema-registry.js'

export const value: SerdeContext = { topic: 'orders', part: 'value' }

/** A registry in process for one test, a connection to it, and what it was asked. */
export async function setupRegistry(options: Partial<SchemaRegistryOptions> = {}) {
  const requests: string[] = []
  const onRequest = ({ method, url }: RegistryRequest): void =>
    void requests.push(`${method} ${decodeURIComponent(url)}`)
  const dev: RunningSchemaRegistry = await startSchemaRegistry({ onRequest })
  onTestFinished(() => dev.close())
  const registry = createSchemaRegistry({ url: dev.url, ...options })
  const logged: { readonly level: string; readonly fields: object; readonly text: string }[] = []
  const log = (level: string) => (fields: object, text: string) => void logged.push({ level, fields, text })
  const use = (more: Partial<SerdeUse> = {}): SerdeUse => ({
    ...value,
    direction: 'both',
    env: { SCHEMA_REGISTRY_URL: dev.url },
    logger: { ...silentLogger, warn: log('warn'), error: log('error') },
    signal: new AbortController().signal,
    ...more,
  })
  return { dev, registry, requests, logged, use }
}

/** The code, and the whole message, of what a call throws or rejects with. */
export async function failureOf(call: () => unknown): Promise<{ code: string; message: string; error: unknown }> {
  try {
    await call()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
    return { code, message: error instanceof Error ? error.message : String(error), error }
  }
  throw new Error('nothing was thrown')
}

/** Bytes in front of a payload, written independently of the code under test. */
export const framed = (id: number, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0, (id >>> 24) & 255, (id >>> 16) & 255, (id >>> 8) & 255, id & 255]), payload])
