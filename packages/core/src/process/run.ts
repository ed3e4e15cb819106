import type { AbortReason, MessageContext, MessageHeaders } from '../declare/message-context.js'
import { fail } from '../millrace-error.js'
import type { FailureStage } from '../observe/events.js'
import type { Logger } from '../observe/logger.js'
import { readOrigin } from '../observe/origin.js'
import type { RawRecord } from '../receive/record.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import type { Timed } from './deadlines.js'
import { failedOutcome } from './failed-outcome.js'
import type { HandlerRuntime } from './handler-runtime.js'
import { createMessageHeaders } from './message-headers.js'
import { interrupted, type Outcome, succeeded } from './outcome.js'

/**
 * One attempt at one record, and the context its handler sees. What costs (signal, headers, logger) is made on first use.
 *
 * Its states: `running` until its outcome is known. At the time limit the signal aborts and the run is `expired`: it
 * waits for the handler to end, at most the grace, and fails. When the lease is given up it ends as `interrupted` at once.
 * Whatever the handler returns after the outcome is known is late: counted, and otherwise ignored.
 */
export class Run implements MessageContext {
  stage: FailureStage = 'decode'
  key: unknown = null
  readonly attempt: number
  #controller: AbortController | undefined
  #abortReason: AbortReason | undefined
  #headers: MessageHeaders | undefined
  #log: Logger | undefined
  #finish: ((outcome: Outcome) => void) | undefined
  #isExpired = false
  #isReported = false
  #startedAt: number | undefined
  #grace: Timed | undefined

  constructor(
    readonly received: ReceivedRecord,
    private readonly handler: HandlerRuntime,
  ) {
    this.attempt = received.attempt
  }

  get id(): string {
    const { topic, partition, offset } = (this.handler.isOurTopic ? readOrigin(this.record.headers) : undefined) ?? this
    return `${topic}/${partition}/${offset}`
  }

  get topic(): string {
    return this.received.source.topic
  }

  get partition(): number {
    return this.received.source.partition
  }

  get offset(): bigint {
    return this.received.offset
  }

  get group(): string {
    return this.received.source.group
  }

  get timestamp(): number {
    return this.received.raw.timestamp
  }

  get record(): RawRecord {
    return this.received.raw
  }

  get headers(): MessageHeaders {
    this.#headers ??= createMessageHeaders(this.record.headers)
    return this.#headers
  }

  /** Read when something first depends on it: a synchronous handler never looks at the clock. */
  get startedAt(): number {
    this.#startedAt ??= this.handler.clock.now()
    return this.#startedAt
  }

  get deadline(): number {
    return this.startedAt + this.handler.plan.timeoutMs
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  get log(): Logger {
    const { topic, partition, offset, attempt } = this
    const generation = this.received.source.generation
    this.#log ??= this.handler.log.child({ topic, partition, offset, attempt, generation })
    return this.#log
  }

  /** Follows a promise of the handler to its outcome, which is known at the latest when limit and grace have passed. */
  follow(work: PromiseLike<unknown>): Promise<Outcome> {
    this.#startedAt ??= this.handler.clock.now() // now, and not when the timer of another run first looks at this one
    return new Promise((resolve) => {
      this.#finish = resolve
      this.received.run = this
      this.handler.limits.add(this)
      // Promise.resolve tames a thenable that calls back twice or throws.
      Promise.resolve(work).then(
        () => this.#settled(succeeded),
        (thrown: unknown) => this.#settled(failedOutcome(thrown, this.stage)),
      )
    })
  }

  /** The time limit has passed. */
  expire(): void {
    this.#isExpired = true
    this.#abort('timeout')
    this.#grace = { startedAt: this.handler.clock.now(), expire: () => this.#abandon() }
    this.handler.graces.add(this.#grace)
  }

  /** The grace has passed as well: the slot is freed, and the run counts as late whatever it still does. */
  #abandon(): void {
    this.#reportLate()
    this.#end(this.#timedOut())
  }

  /** The lease is over: the outcome is `interrupted`, and what the handler still does can't settle anything. */
  interrupt(reason: AbortReason): void {
    this.#abort(reason)
    this.#end(interrupted)
  }

  #settled(outcome: Outcome): void {
    const isLate = this.#finish === undefined || this.#isExpired
    if (isLate) this.#reportLate()
    this.#end(this.#isExpired ? this.#timedOut() : outcome)
  }

  #end(outcome: Outcome): void {
    const finish = this.#finish
    if (finish === undefined) return
    this.#finish = undefined
    this.received.run = undefined
    this.handler.limits.delete(this)
    if (this.#grace !== undefined) this.handler.graces.delete(this.#grace)
    finish(outcome)
  }

  #abort(reason: AbortReason): void {
    this.#abortReason ??= reason
    this.#controller?.abort(reason)
  }

  #timedOut(): Outcome {
    const { name, timeoutMs } = this.handler.plan
    const error = fail('MILLRACE_HANDLER_TIMED_OUT', { handler: name, limitMs: timeoutMs })
    return { kind: 'failed', failure: { stage: this.stage, error, isFinal: false } }
  }

  #reportLate(): void {
    if (this.#isReported) return
    this.#isReported = true
    const { topic, partition, offset } = this
    const lateMs = Math.max(0, this.handler.clock.now() - this.deadline)
    this.handler.onLate({ topic, partition, offset, lateMs })
  }
}
