import type { Duration } from '../option-kinds.js'

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
