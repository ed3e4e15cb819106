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
 * The rhythm adapts: it begins no sooner after the end of the last one than that one took, as long as that does not make
 * it later than an interval after the beginning of the last. So a coordinator that has become slow is not asked back to back,
 * and transactions grow instead of becoming more; one that takes longer than the interval is followed at once, and so is any
 * while the buffer is full, for then nobody would work in the pause. After failures it is 50 ms, doubling up to 5 s. Pure.
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
        : Math.max(0, Math.min(lastEndedAt - lastStartedAt, lastStartedAt + intervalMs - lastEndedAt))
  return Math.max(0, dueIn, lastEndedAt + pauseMs - now)
}

/** How the last transaction went. */
export interface PastTransaction {
  readonly records: number
  readonly durationMs: number
  /** False when it was aborted, and no record was to blame. */
  readonly isStored: boolean
}

/** Fewer are not worth a transaction, however slow it is. */
const worthwhile = 500

/** Before anything is known: an interval of a link that is not slow holds more. */
export const firstLimit = 2_000

/**
 * How many records the next transaction may take. Behind a backlog all that is decided would be too much: a transaction is
 * meant to take an interval, so that readers wait for two at most, and what does not fit into its time-out would be aborted and
 * sent again for ever. So it doubles while transactions are quick and full, falls to what an interval holds where they are slow,
 * though not below 500 or the number at which one begins, and halves after one that failed. Pure.
 */
export function limitOfNext(limit: number, last: PastTransaction, { intervalMs, records }: CommitPace): number {
  if (!last.isStored) return Math.max(1, Math.floor(limit / 2))
  if (last.durationMs > intervalMs) {
    const fitting = Math.floor((last.records * intervalMs) / last.durationMs)
    return Math.min(limit, Math.max(fitting, Math.min(records, worthwhile)))
  }
  return last.records >= limit / 2 ? limit * 2 : limit
}

/** What each of several queues gives to a limit: the short ones all they have, the long ones equal parts of the rest. Pure. */
export function shareOut(limit: number, lengths: readonly number[]): readonly number[] {
  const shares = lengths.map(() => 0)
  const ascending = lengths.map((length, at) => ({ length, at })).toSorted((a, b) => a.length - b.length)
  let left = limit
  for (const [place, { length, at }] of ascending.entries()) {
    const share = Math.min(length, Math.ceil(left / (ascending.length - place)))
    shares[at] = share
    left -= share
  }
  return shares
}
