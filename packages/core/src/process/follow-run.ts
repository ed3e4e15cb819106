import type { AbortReason } from '../declare/message-context.js'
import { fail } from '../millrace-error.js'
import type { Timed } from './deadlines.js'
import { failedOutcome } from './failed-outcome.js'
import { interrupted, type Outcome } from './outcome.js'
import type { RunContext } from './run-context.js'
import type { Straggler } from './stragglers.js'

/**
 * An attempt whose handler has returned a promise: followed until its outcome is known, which is at the latest when time
 * limit and grace have passed.
 *
 * Its states: `running` until its outcome is known. At the time limit the signal aborts and the run is `expired`: it
 * waits for the handler to end, at most the grace, and fails. When the lease is given up it ends as `interrupted` at once,
 * and the handler is a straggler until it has ended, within the same limits. Whatever it returns after the outcome is known
 * is late: counted, and otherwise ignored.
 */
class FollowedRun implements Timed, Straggler {
  /** Read now, not when its turn comes among the deadlines: the limit counts from its own start. */
  readonly startedAt: number
  #isExpired = false
  #isReported = false
  #grace: Timed | undefined
  #finish: ((outcome: Outcome) => void) | undefined

  constructor(
    private readonly context: RunContext,
    finish: (outcome: Outcome) => void,
  ) {
    this.#finish = finish
    this.startedAt = context.startedAt
  }

  /** The time limit has passed. */
  expire(): void {
    const { clock, graces } = this.context.handler
    this.#isExpired = true
    this.context.abort('timeout')
    this.#grace = { startedAt: clock.now(), expire: () => this.#abandon() }
    graces.add(this.#grace)
  }

  /** The lease is over: the outcome is `interrupted`, and what the handler still does can't settle anything. */
  interrupt(reason: AbortReason): void {
    const { handler, partition } = this.context
    this.context.abort(reason)
    this.#answer(interrupted)
    if (reason === 'shutdown') this.forget()
    else handler.stragglers.add(partition, this)
  }

  forget(): void {
    const { handler, partition } = this.context
    handler.limits.delete(this)
    if (this.#grace !== undefined) handler.graces.delete(this.#grace)
    handler.stragglers.delete(partition, this)
  }

  settled(outcome: Outcome): void {
    const isLate = this.#finish === undefined || this.#isExpired
    if (isLate) this.#reportLate()
    this.#end(this.#isExpired ? this.#timedOut() : outcome)
  }

  /** The grace has passed as well: the slot is freed, and the run counts as late whatever it still does. */
  #abandon(): void {
    this.#reportLate()
    this.#end(this.#timedOut())
  }

  #end(outcome: Outcome): void {
    this.#answer(outcome)
    this.forget()
  }

  #answer(outcome: Outcome): void {
    const finish = this.#finish
    if (finish === undefined) return
    this.#finish = undefined
    this.context.received.run = undefined
    finish(outcome)
  }

  #timedOut(): Outcome {
    const { name, timeoutMs } = this.context.handler.plan
    const error = fail('MILLRACE_HANDLER_TIMED_OUT', { handler: name, limitMs: timeoutMs })
    return { kind: 'failed', failure: { stage: this.context.stage, error, isFinal: false } }
  }

  #reportLate(): void {
    if (this.#isReported) return
    this.#isReported = true
    const { topic, partition, generation, offset, attempt, deadline, handler } = this.context
    const lateMs = Math.max(0, handler.clock.now() - deadline)
    handler.onLate({ topic, partition, generation, offset, attempt, lateMs })
  }
}

/** Follows a promise of the handler to its outcome. */
export function followRun(work: PromiseLike<unknown>, context: RunContext): Promise<Outcome> {
  return new Promise((resolve) => {
    const run = new FollowedRun(context, resolve)
    context.received.run = run
    context.handler.limits.add(run)
    const succeeded = (): void => run.settled(context.succeeded())
    const failed = (thrown: unknown): void => run.settled(failedOutcome(thrown, context.stage))
    const ended = (): void => {
      try {
        const encoding = context.finish()
        if (encoding === undefined) succeeded()
        else encoding.then(succeeded, failed)
      } catch (thrown) {
        failed(thrown)
      }
    }
    // Promise.resolve tames a thenable that calls back twice or throws.
    Promise.resolve(work).then(ended, failed)
  })
}
