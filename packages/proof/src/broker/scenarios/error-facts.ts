import { isMillraceError } from '@millrace/core'
import { TestKitError } from '@millrace/testing'
import { KafkaJSAggregateError, KafkaJSError, KafkaJSProtocolError } from './bare-kafkajs.js'

/** What a caller can tell an error by. Texts are left out: they are for people, and each client writes its own. */
export interface ErrorFacts {
  readonly error: string
  /** Kafka's name of the code, where the client tells it. */
  readonly type?: string
  readonly code?: number
  readonly retriable?: boolean
  readonly cause?: ErrorFacts
  readonly of?: readonly ErrorFacts[]
}

/** The Java client says why in its message, when its own class says only how far it came. */
export function errorFacts(error: unknown): ErrorFacts {
  if (error instanceof TestKitError) return { error: error.kafkaError ?? error.code }
  if (isMillraceError(error)) {
    const { code, retriable, cause } = error
    return { error: code, retriable, ...(cause === undefined ? {} : { cause: errorFacts(cause) }) }
  }
  if (error instanceof KafkaJSAggregateError) return { error: error.name, of: [...error.errors].map(errorFacts) }
  if (error instanceof KafkaJSError) {
    const protocol = error instanceof KafkaJSProtocolError ? { type: error.type, code: error.code } : {}
    const cause: unknown = error.cause
    return {
      error: error.name,
      ...protocol,
      retriable: error.retriable,
      ...(cause instanceof Error ? { cause: errorFacts(cause) } : {}),
    }
  }
  return { error: error instanceof Error ? error.name : String(error) }
}

/** The code of millrace, or else Kafka's name of what went wrong, however deep the client has wrapped it. */
export function kafkaCodeOf(facts: ErrorFacts): string {
  if (facts.error.startsWith('MILLRACE_')) return facts.error
  const inner = facts.cause ?? facts.of?.[0]
  return facts.type ?? (inner === undefined ? facts.error : kafkaCodeOf(inner))
}
