import type { Clock, RawHeader } from '@millrace/core'
import type { NewRecord } from './partition-log.js'

export type Bytes = Buffer | string | null
/** Headers as pairs, which keep order and duplicates, or as an object. */
export type ScriptedHeaders =
  | readonly (readonly [name: Buffer | string, value: Bytes])[]
  | Readonly<Record<string, Bytes>>

/** A record as a test writes it: text is UTF-8. */
export interface ScriptedRecord {
  readonly key?: Bytes
  readonly value?: Bytes
  readonly headers?: ScriptedHeaders
  readonly partition?: number
  /** Epoch milliseconds. Default: now, on the driver's clock. */
  readonly timestamp?: number
}

const bytes = (input: Bytes | undefined): Buffer | null =>
  typeof input === 'string' ? Buffer.from(input) : (input ?? null)

const isPairs = (headers: ScriptedHeaders): headers is readonly (readonly [name: Buffer | string, value: Bytes])[] =>
  Array.isArray(headers)

function toHeaders(headers: ScriptedHeaders = []): readonly RawHeader[] {
  const pairs = isPairs(headers) ? headers : Object.entries(headers)
  return pairs.map(([name, value]) => [typeof name === 'string' ? Buffer.from(name) : name, bytes(value)])
}

export function toBytes(record: ScriptedRecord, clock: Clock): NewRecord & { readonly partition?: number } {
  const { key, value, headers, partition, timestamp = clock.wallNow() } = record
  return {
    key: bytes(key),
    value: bytes(value),
    headers: toHeaders(headers),
    timestamp,
    origin: 'script',
    ...(partition === undefined ? {} : { partition }),
  }
}
