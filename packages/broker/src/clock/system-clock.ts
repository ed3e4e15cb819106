import type { Clock } from './clock.js'

/** Timers beyond this many milliseconds make Node fire at once. */
const longestTimerMs = 2 ** 31 - 1

/** The machine's clock. Its timers keep no process alive: what does is the broker's listener. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    if (delayMs <= 0) {
      const soon = setImmediate(task)
      return () => clearImmediate(soon)
    }
    const timer = setTimeout(task, Math.min(delayMs, longestTimerMs))
    timer.unref()
    return () => clearTimeout(timer)
  },
}
