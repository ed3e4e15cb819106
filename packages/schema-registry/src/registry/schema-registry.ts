import type { MillraceError } from '@millrace/core'
import type { RegisteredSchema, SchemaText } from './registered-schema.js'

/** Where a schema stands in the registry. */
export interface SchemaPlace {
  readonly id: number
  readonly version: number
}

export type Compatibility =
  | { readonly kind: 'compatible' }
  | { readonly kind: 'incompatible'; readonly reasons: readonly string[] }

/** The registry said no, and why: an invalid or incompatible schema, missing rights, or a wrong address. */
export interface Refusal {
  readonly kind: 'refused' | 'denied'
  readonly status: number
  readonly message: string
}

/**
 * A connection to a schema registry: requests with a time limit, one at a time for the same question, answers that can't change
 * kept within bounds. Holds nothing open between requests, so there is nothing to close.
 *
 * Every question throws `MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE` where there is no answer to rely on; the error is an outage, so a
 * record that needs it waits. A signal ends the wait of its caller.
 */
export interface SchemaRegistry {
  /** Without credentials. */
  readonly url: string
  /** The schema of an id with everything it refers to; undefined where the registry knows no such id, which is kept for a few seconds. */
  schemaOf(id: number, signal?: AbortSignal): Promise<RegisteredSchema | undefined>
  /** Where exactly this schema stands under a subject; undefined where it does not. */
  lookUp(subject: string, schema: SchemaText, signal?: AbortSignal): Promise<SchemaPlace | Refusal | undefined>
  /** The newest version of a subject with everything it refers to. */
  latest(subject: string, signal?: AbortSignal): Promise<RegisteredSchema | Refusal | undefined>
  /** Whether the subject's rules allow this schema as its next version. Registers nothing. */
  check(subject: string, schema: SchemaText, signal?: AbortSignal): Promise<Compatibility | Refusal>
  /** Registers a schema, or finds it where it is registered already. */
  register(subject: string, schema: SchemaText, signal?: AbortSignal): Promise<{ readonly id: number } | Refusal>
  /** The error of a registry that is away, for callers that judge a refusal as one. */
  unavailable(action: string, reason: string): MillraceError
}

export const isRefusal = (answer: object | undefined): answer is Refusal =>
  answer !== undefined && 'kind' in answer && (answer.kind === 'refused' || answer.kind === 'denied')
