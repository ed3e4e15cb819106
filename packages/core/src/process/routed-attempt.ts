import type { RoutePlan } from '../declare/plan.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import type { Attempt } from './attempt.js'
import { type Choice, chooseRoute } from './choose-route.js'
import { createDecodeMessage, type Decoded } from './decode-message.js'
import { followRun } from './follow-run.js'
import type { HandlerRuntime } from './handler-runtime.js'
import { interrupted, type Outcome } from './outcome.js'
import { isPromiseLike } from './promise-like.js'
import { RunContext } from './run-context.js'

export interface RoutedAttemptParts {
  /** Of the topic: what decodes a record that is nobody's yet. */
  readonly runtime: HandlerRuntime
  readonly routes: readonly RoutePlan[]
  /** Tries a record that was decoded already, or not. */
  readonly attemptOf: (route: RoutePlan) => Attempt
  /** What becomes of a record that none of them takes. */
  readonly unrouted: Attempt
}

/** The lease of a record, as far as the choice of its handler concerns it. */
export interface RoutedLease {
  /** Nothing new starts once it has aborted. */
  readonly over: AbortSignal
  /** Its handler is known for good: `record.route`, or nobody. */
  chosen(record: ReceivedRecord): void
}

/**
 * One attempt at a record whose topic has several handlers: chooses one, and lets it try the record.
 *
 * The choice is made by headers as far as they say; then the chosen handler decodes the record, and one that nobody takes is
 * never decoded. Otherwise it is decoded first. Where that fails no field can be looked at, so headers alone say whose failure
 * it is, and the next attempt chooses anew.
 */
export function createRoutedAttempt({ runtime, routes, attemptOf, unrouted }: RoutedAttemptParts) {
  const choose = chooseRoute(routes)
  const decode = createDecodeMessage(runtime.plan.topic)

  function tried(record: ReceivedRecord, choice: Choice, lease?: RoutedLease): Outcome | Promise<Outcome> {
    record.route = typeof choice === 'string' ? undefined : choice
    lease?.chosen(record)
    return typeof choice === 'string' ? unrouted(record) : attemptOf(choice)(record)
  }

  function triedDecoded(record: ReceivedRecord, decoded: Decoded, lease: RoutedLease): Outcome | Promise<Outcome> {
    const { headers } = record.raw
    record.decoded = decoded
    if (decoded.kind === 'decoded') return tried(record, choose({ headers, decoded }), lease)
    return tried(record, choose({ headers, decoded: { message: undefined } }))
  }

  return (record: ReceivedRecord, lease: RoutedLease): Outcome | Promise<Outcome> => {
    const choice = choose(record.raw)
    if (choice !== 'undecided') return tried(record, choice, lease)
    record.route = undefined
    const context = new RunContext(record, runtime)
    const decoded = decodedNow(context, () => decode(context))
    if (!(decoded instanceof Promise)) return triedDecoded(record, decoded, lease)
    return decoded.then((end) =>
      end === undefined || lease.over.aborted ? interrupted : triedDecoded(record, end, lease),
    )
  }
}

function decodedNow(context: RunContext, decode: () => unknown): Decoded | Promise<Decoded | undefined> {
  try {
    const message = decode()
    return isPromiseLike(message) ? decodedLater(context, message) : { kind: 'decoded', key: context.key, message }
  } catch (thrown) {
    return { kind: 'failed', thrown }
  }
}

/** Within the time limit of the topic. Undefined where the lease ends before. */
async function decodedLater(context: RunContext, decoding: PromiseLike<unknown>): Promise<Decoded | undefined> {
  let decoded: Decoded | undefined
  const ended = decoding.then(
    (message) => void (decoded = { kind: 'decoded', key: context.key, message }),
    (thrown: unknown) => void (decoded = { kind: 'failed', thrown }),
  )
  const outcome = await followRun(ended, context)
  return outcome.kind === 'failed' ? { kind: 'failed', thrown: outcome.failure.error } : decoded
}
