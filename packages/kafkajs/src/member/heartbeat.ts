import type { Clock, Timer } from '@millrace/core'

export interface Heartbeat {
  start(): void
  stop(): void
}

export interface HeartbeatParts {
  readonly intervalMs: number
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** One heartbeat. Not called again before it has settled; never rejects. */
  readonly beat: () => Promise<void>
  /** The event loop was blocked for so long that a beat was late by a second or more. */
  readonly onBlocked: (blockedMs: number) => void
}

const BLOCKED_FROM_MS = 1000

/** Beats on its own timer, so that only a blocked event loop can keep it from beating; and then it says so. */
export function createHeartbeat({ intervalMs, clock, beat, onBlocked }: HeartbeatParts): Heartbeat {
  let timer: Timer | undefined
  let isBeating = false

  const schedule = (): void => {
    const dueMs = clock.now() + intervalMs
    timer = clock.after(intervalMs, () => {
      const lateMs = clock.now() - dueMs
      schedule()
      if (lateMs >= BLOCKED_FROM_MS) onBlocked(Math.round(lateMs))
      if (isBeating) return
      isBeating = true
      void beat().finally(() => {
        isBeating = false
      })
    })
  }
  return {
    start() {
      timer?.cancel()
      schedule()
    },
    stop() {
      timer?.cancel()
      timer = undefined
    },
  }
}
