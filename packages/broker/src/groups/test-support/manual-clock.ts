import type { Clock } from '../../clock/clock.js'

export interface ManualClock extends Clock {
  /** Runs what is due on the way, in order, each at its moment. */
  advance(ms: number): void
  readonly timersWaiting: number
}

/** Time without turns of the event loop: a group needs none. */
export function createManualClock(startMs = 1_000_000): ManualClock {
  let now = startMs
  const timers = new Set<{ at: number; task: () => void }>()
  return {
    now: () => now,
    after(delayMs, task) {
      const timer = { at: now + Math.max(0, delayMs), task }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers.delete(next)
        now = Math.max(now, next.at)
        next.task()
      }
      now = end
    },
    get timersWaiting() {
      return timers.size
    },
  }
}
