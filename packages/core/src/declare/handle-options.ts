import type { OptionKind, Parsed } from '../option-kinds.js'
import { integer, oneOf } from '../option-kinds.js'
import { type InputOf, optional, type ResolvedOf } from '../option.js'
import { handlerOptions } from '../options.js'
import type { HandlerOptionsInput } from '../options-input.js'
import { brakeKind, type BrakeOptionsInput } from './brake-options.js'
import type { EnvName } from './env-name.js'
import type { Middleware } from './middleware.js'
import type { RetryPolicy } from './retry-policy.js'
import type { RouteCondition } from './routing/condition.js'
import { isCondition } from './routing/condition-problems.js'

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
  brake: optional({
    kind: brakeKind,
    doc: 'Holds dead letters back when nearly everything fails in the same way: of 100 records within 60 s more than half, with the same fault. The partition then stands still, with readiness off, instead of emptying its topic into the dead-letter topic; `partition.braked` is the alarm, and one record tries again every 30 s. Nothing is lost and the order holds. `off` writes every dead letter. Left out: on, where the handler has a dead-letter topic.',
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
  when: optional({
    kind: shaped(
      'headerIs(...), fieldIs(...), allOf(...), anyOf(...) or otherwise',
      "pass a condition, such as headerIs('event-type', 'order.*')",
      isCondition,
    ),
    doc: 'Which records of the topic the handler takes: `headerIs(...)`, `fieldIs(...)`, `allOf(...)`, `anyOf(...)`, or `otherwise` for what no other handler of it takes. With it several handlers of a group may share a topic, and each record goes to one of them; of one that goes to none `unmatched` of the consumer says what becomes. Left out: all of them.',
  }),
  priority: optional({
    kind: integer({ min: -1_000, max: 1_000 }),
    doc: 'Which handler takes a record that the `when` of several would take: the one with the higher number. Two handlers with the same one whose conditions can meet in a record are refused at start. Left out: 0.',
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
  /** Holds dead letters back when nearly everything fails in the same way: of 100 records within 60 s more than half, with the same fault. The partition then stands still, with readiness off, instead of emptying its topic into the dead-letter topic; `partition.braked` is the alarm, and one record tries again every 30 s. Nothing is lost and the order holds. `off` writes every dead letter. Left out: on, where the handler has a dead-letter topic. */
  readonly brake?: BrakeOptionsInput | 'off'
  /** How a failed record is run again in place, while its lane waits and others go on. Left out: `exponential()` with its defaults; nothing for at-most-once. */
  readonly retry?: RetryPolicy | 'none'
  /** Whether an error is worth another attempt. Asked after the fixed rules: decode and validation errors, `DeadLetter` and errors with `retriable: false` are never retried. Left out, or when it throws: yes. */
  readonly retryIf?: (error: unknown) => boolean
  /** Put around the handler, outermost first, inside the worker's and the consumer's. */
  readonly middleware?: readonly Middleware[]
  /** Which records of the topic the handler takes: `headerIs(...)`, `fieldIs(...)`, `allOf(...)`, `anyOf(...)`, or `otherwise` for what no other handler of it takes. With it several handlers of a group may share a topic, and each record goes to one of them; of one that goes to none `unmatched` of the consumer says what becomes. Left out: all of them. */
  readonly when?: RouteCondition
  /** Which handler takes a record that the `when` of several would take: the one with the higher number. Two handlers with the same one whose conditions can meet in a record are refused at start. Left out: 0. */
  readonly priority?: number
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
  unmatched: optional({
    kind: oneOf('dead-letter', 'halt', 'skip'),
    doc: 'What becomes of a record that none of the handlers of its topic takes. `dead-letter`, with stage `route` and error code `MILLRACE_ROUTE_UNROUTABLE`, goes to the dead-letter topic that the handlers have in common, or else to `<topicPrefix><topic>.<groupPrefix><group>.dlq`. `halt` stops the partition at the record. `skip` logs and counts it and goes on: it is lost. Left out: `dead-letter`; at most once it is always skipped. Handlers of one topic in several consumers of a group share it, so they must not contradict each other.',
  }),
} as const

function isHandleOptions(input: unknown): input is HandleOptions {
  return isRecord(input)
}

export type ResolvedConsumerOptions = ResolvedOf<typeof consumerOptions>

/** Options of `@Consumer`. */
export interface ConsumerOptions extends InputOf<typeof consumerOptions> {
  /** The consumer group. The worker's `groupPrefix` is put in front of it. */
  readonly group: string | EnvName
}
