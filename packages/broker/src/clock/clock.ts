/**
 * The broker's only source of time: sessions, barriers, transaction time-outs, retention, append times and waiting fetches all
 * read it, so that a test can move all of them at once.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs `task` once, in a later turn, `delayMs` from now (0: the next turn). Returns how to call it off. */
  after(delayMs: number, task: () => void): CancelTimer
}

export type CancelTimer = () => void
