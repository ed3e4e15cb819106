/** When transactions begin, as the user wrote it. */
export interface CommitPace {
  readonly intervalMs: number
  readonly records: number
}

export interface PaceFacts {
  readonly now: number
  /** Records decided since the last transaction began. */
  readonly decided: number
  /** When there was first something for the next one. */
  readonly sinceMs: number
  /** Nothing is left to work on. */
  readonly isIdle: boolean
  /** The buffer of outputs is full: lanes wait. */
  readonly isFull: boolean
  readonly lastStartedAt: number
  readonly lastEndedAt: number
  /** How many have failed in a row. */
  readonly failures: number
}

const firstPauseMs = 50
const maxPauseMs = 5_000

/**
 * How long the next transaction waits, ms. It is due when enough records are decided or the interval is over, and at once
 * when the buffer is full; or when nothing is left to work on, unless one has begun within the interval.
 *
 * The rhythm adapts: it begins no sooner after the end of the last one than that one took, an interval at most. So a
 * coordinator that has become slow is not asked back to back, and since a transaction takes all that is decided, transactions
 * grow instead of becoming more: until the buffer is full, for then nobody would work in the pause. After failures it is 50 ms,
 * doubling up to 5 s. Pure.
 */
export function waitBeforeNext(facts: PaceFacts, { intervalMs, records }: CommitPace): number {
  const { now, decided, sinceMs, isIdle, isFull, lastStartedAt, lastEndedAt, failures } = facts
  const isDue = isFull || decided >= records || (isIdle && now - lastStartedAt >= intervalMs)
  const dueIn = isDue ? 0 : sinceMs + intervalMs - now
  const pauseMs =
    failures > 0
      ? Math.min(maxPauseMs, firstPauseMs * 2 ** (failures - 1))
      : isFull
        ? 0
        : Math.min(intervalMs, lastEndedAt - lastStartedAt)
  return Math.max(0, dueIn, lastEndedAt + pauseMs - now)
}
