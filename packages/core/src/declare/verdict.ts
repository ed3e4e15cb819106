import type { Duration } from '../option-kinds.js'
import { outage } from '../observe/outage.js'

/** Throw it to give the record up at once, without another attempt: it goes to the exhaustion policy with this reason. */
export class DeadLetter extends Error {
  override readonly name = 'DeadLetter'

  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options)
  }
}

/** Throw it to settle the record as skipped: logged and counted with the reason, then committed. */
export class Skip extends Error {
  override readonly name = 'Skip'

  constructor(readonly reason: string) {
    super(reason)
  }
}

/** Throw it to have the record run again after this delay, within the attempts of its retry policy; the budget of waits does not apply. */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter'

  constructor(
    readonly delay: Duration,
    options?: ErrorOptions,
  ) {
    super(`retry after ${delay}`, options)
  }
}

/**
 * Throw it when a service that the handler needs is away, whatever the record is. The record waits, 1 s at first and doubling to 30 s,
 * and runs again until the service is back: no attempt is counted and nothing is dead-lettered. Its partition stands still
 * meanwhile, with readiness off. At-most-once handlers skip the record like any other that fails.
 */
export class DependencyDown extends Error {
  override readonly name = 'DependencyDown'
  readonly [outage] = true

  constructor(
    readonly dependency: string,
    options?: ErrorOptions,
  ) {
    super(`${dependency} is down`, options)
  }
}
