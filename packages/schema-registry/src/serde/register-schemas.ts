import { type AnyTopic, isMillraceError, resolveName, type SerdeContext } from '@millrace/core'
import { type Env, registryFromEnv } from '../registry/registry-from-env.js'
import type { SchemaRegistry } from '../registry/schema-registry.js'
import { idToWriteWith } from './registration.js'
import { isSchemaSerde } from './schema-serde.js'

export interface RegisterSchemasOptions {
  /** Default: the one that `SCHEMA_REGISTRY_URL` names. */
  readonly registry?: SchemaRegistry
  /** As the worker's `topicPrefix`. */
  readonly topicPrefix?: string
  /** Where `SCHEMA_REGISTRY_*` and the names of topics are read. Default: the environment of the process. */
  readonly env?: Env
  readonly signal?: AbortSignal
}

/** Where a schema stands now. */
export interface RegisteredTopicSchema extends SerdeContext {
  readonly subject: string
  readonly id: number
}

/**
 * Registers the schemas of topics, with what they refer to: the step of a deploy that runs before the new workers start. What is
 * registered already stays as it is, so it may run again. Parts without a schema are left out.
 * @throws MillraceError of the first schema that the registry refuses (`MILLRACE_SCHEMA_INVALID` with its reasons), as the serdes
 * throw it at a start; several come as an AggregateError. The others are registered.
 */
export async function registerSchemas(
  topics: readonly AnyTopic[],
  { registry: given, topicPrefix = '', env = process.env, signal }: RegisterSchemasOptions = {},
): Promise<readonly RegisteredTopicSchema[]> {
  const registry = given ?? registryFromEnv(env)
  const registered: RegisteredTopicSchema[] = []
  const errors: unknown[] = []
  for (const { name, key, value } of topics) {
    const topic = topicPrefix + resolveName(name, env)
    for (const [part, serde] of [
      ['key', key],
      ['value', value],
    ] as const) {
      if (!isSchemaSerde(serde)) continue
      try {
        const context = { topic, part }
        const subject = await serde.subjectOf(context)
        const { definition } = serde
        const id = await idToWriteWith({ registry, definition, subject, context, signal }, 'start')
        registered.push({ topic, part, subject, id })
      } catch (error) {
        if (!isMillraceError(error, 'MILLRACE_SCHEMA_INVALID')) throw error
        errors.push(error) // the others may well be fine, and all faults are told at once
      }
    }
  }
  if (errors.length > 0)
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'several schemas were refused')
  return registered
}
