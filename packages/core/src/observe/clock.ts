/** Time as the pipeline sees it. Deadlines and waits use `now`; wall time is only ever written down, never compared. */
export interface Clock {
  /** Monotonic milliseconds, with fractions. */
  now(): number
  /** Epoch milliseconds. */
  wallNow(): number
  /** Calls once after `ms`. */
  after(ms: number, call: () => void): Timer
  /** Resolves after `ms`, or at once when the signal aborts. It never rejects: the caller looks at the signal. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Lets timers, sockets and heartbeats have their turn. */
  yield(): Promise<void>
}

export interface Timer {
  cancel(): void
}

/** A longer timer of Node ends at once. After 24 days in place, the retry that waits so long may as well be made. */
const maxTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.min(ms, maxTimerMs))
    return { cancel: () => clearTimeout(timer) }
  },
  wait: (ms, signal) => waitOn(systemClock, ms, signal),
  yield: () => new Promise((resolve) => setImmediate(resolve)),
}

/** `wait` in terms of `after`: shared by every clock. */
export function waitOn(clock: Pick<Clock, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.after(ms, end)
    signal.addEventListener('abort', end, { once: true })
  })
}
