import { type Clock, waitOn } from '../observe/clock.js'

export interface HandClock extends Clock {
  /** Moves time and runs what is due, in order, letting promises settle in between. */
  advance(ms: number): Promise<void>
  /** Moves time and runs nothing: what is due is late at the next `advance`. */
  jump(ms: number): void
  readonly pending: number
}

/** A clock that moves only by hand. */
export function createHandClock(): HandClock {
  let now = 0
  const due = new Set<{ readonly at: number; readonly call: () => void }>()
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const clock: HandClock = {
    now: () => now,
    wallNow: () => 1_700_000_000_000 + now,
    after(ms, call) {
      const timer = { at: now + ms, call }
      due.add(timer)
      return { cancel: () => void due.delete(timer) }
    },
    wait: (ms, signal) => waitOn(clock, ms, signal),
    yield: settle,
    async advance(ms) {
      const until = now + ms
      await settle()
      for (;;) {
        const next = [...due].sort((a, b) => a.at - b.at).find(({ at }) => at <= until)
        if (next === undefined) break
        due.delete(next)
        now = Math.max(now, next.at)
        next.call()
        await settle()
      }
      now = until
    },
    jump(ms) {
      now += ms
    },
    get pending() {
      return due.size
    },
  }
  return clock
}
