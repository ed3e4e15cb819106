import type { OptionKind, Parsed } from '../option-kinds.js'
import { oneOf } from '../option-kinds.js'
import { type InputOf, optional } from '../option.js'
import { handlerOptions } from '../options.js'
import type { HandlerOptionsInput } from '../options-input.js'
import type { EnvName } from './env-name.js'
import type { Middleware } from './middleware.js'
import type { RetryPolicy } from './retry-policy.js'

function shaped<In>(shape: string, fix: string, accepts: (input: unknown) => input is In): OptionKind<In, In> {
  const parse = (input: unknown): Parsed<In> =>
    accepts(input) ? { kind: 'ok', value: input } : { kind: 'wrong', problem: `is not ${shape}`, fix }
  return { unit: 'none', shape, parse }
}

const isRecord = (input: unknown): input is Record<string, unknown> => typeof input === 'object' && input !== null

const isRetry = (input: unknown): input is RetryPolicy | 'none' =>
  input === 'none' ||
  (isRecord(input) &&
    typeof input['delayAfter'] === 'function' &&
    typeof input['maxAttempts'] === 'number' &&
    input['maxAttempts'] >= 1)

export const isName = (input: unknown): input is string | EnvName =>
  typeof input === 'string' ||
  (isRecord(input) &&
    input['kind'] === 'env' &&
    typeof input['variable'] === 'string' &&
    typeof input['fallback'] === 'string')

const isDeadLetter = (input: unknown): input is true | string | EnvName => input === true || isName(input)

const isFunction = (input: unknown): input is (error: unknown) => boolean => typeof input === 'function'

const isMiddleware = (input: unknown): input is readonly Middleware[] =>
  Array.isArray(input) && input.every((one) => typeof one === 'function')

/** The options of a handler that are policies and not plain values; with `handlerOptions` they are what `@Handle` takes. */
export const policyOptions = {
  deadLetter: optional({
    kind: shaped('true, a topic name or fromEnv(...)', 'write deadLetter: true, or name the topic', isDeadLetter),
    doc: 'Where a record goes that can not be processed: raw bytes, all headers, and where it came from. `true` is `<topicPrefix><topic>.<groupPrefix><group>.dlq`; a name gets the `topicPrefix` too. It is written and acknowledged before the record is committed. At-least-once handlers give either this or `onExhausted`.',
  }),
  onExhausted: optional({
    kind: oneOf('halt', 'skip'),
    doc: 'What happens without a dead-letter topic. `halt` stops the partition at the record, with readiness off, and commits nothing past it. `skip` logs and counts the record and goes on: it is lost.',
  }),
  retry: optional({
    kind: shaped(
      "exponential(...), fixed(...), customRetry(...) or 'none'",
      "use exponential(), fixed(), customRetry() or 'none'",
      isRetry,
    ),
    doc: 'How a failed record is run again in place, while its lane waits and others go on. Left out: `exponential()` with its defaults; nothing for at-most-once.',
  }),
  retryIf: optional({
    kind: shaped('a function from an error to a boolean', 'pass (error) => boolean', isFunction),
    doc: 'Whether an error is worth another attempt. Asked after the fixed rules: decode and validation errors, `DeadLetter` and errors with `retriable: false` are never retried. Left out, or when it throws: yes.',
  }),
  middleware: optional({
    kind: shaped('an array of middleware functions', 'pass [(message, context, next) => ...]', isMiddleware),
    doc: "Put around the handler, outermost first, inside the worker's and the consumer's.",
  }),
} as const

/** All that `@Handle` and `handle` take. */
export const handleOptions = { ...handlerOptions, ...policyOptions } as const

/** All that `@Handle` and `handle` take. */
export interface HandleOptions extends HandlerOptionsInput {
  /** Where a record goes that can not be processed: raw bytes, all headers, and where it came from. `true` is `<topicPrefix><topic>.<groupPrefix><group>.dlq`; a name gets the `topicPrefix` too. It is written and acknowledged before the record is committed. At-least-once handlers give either this or `onExhausted`. */
  readonly deadLetter?: true | string | EnvName
  /** What happens without a dead-letter topic. `halt` stops the partition at the record, with readiness off, and commits nothing past it. `skip` logs and counts the record and goes on: it is lost. */
  readonly onExhausted?: 'halt' | 'skip'
  /** How a failed record is run again in place, while its lane waits and others go on. Left out: `exponential()` with its defaults; nothing for at-most-once. */
  readonly retry?: RetryPolicy | 'none'
  /** Whether an error is worth another attempt. Asked after the fixed rules: decode and validation errors, `DeadLetter` and errors with `retriable: false` are never retried. Left out, or when it throws: yes. */
  readonly retryIf?: (error: unknown) => boolean
  /** Put around the handler, outermost first, inside the worker's and the consumer's. */
  readonly middleware?: readonly Middleware[]
}

/** What `@Consumer` and `defineConsumer` take beside the group. */
export const consumerOptions = {
  middleware: optional({
    kind: shaped('an array of middleware functions', 'pass [(message, context, next) => ...]', isMiddleware),
    doc: "Put around every handler of the consumer, inside the worker's.",
  }),
  defaults: optional({
    kind: shaped('an object of handler options', 'pass { retry: ..., deadLetter: true }', isHandleOptions),
    doc: 'Handler options for every handler of the consumer that does not set them itself. An exhaustion policy of the handler replaces the one given here.',
  }),
} as const

function isHandleOptions(input: unknown): input is HandleOptions {
  return isRecord(input)
}

/** Options of `@Consumer`. */
export interface ConsumerOptions extends InputOf<typeof consumerOptions> {
  /** The consumer group. The worker's `groupPrefix` is put in front of it. */
  readonly group: string | EnvName
}
