export interface Timer {
  /** In milliseconds since the epoch. */
  readonly due: number
  readonly task: () => void
}

/** Timers that wait: by the moment they are due, those of one moment in the order in which they were set. */
export interface TimerQueue {
  /** The one that is due first. */
  readonly first: Timer | undefined
  readonly size: number
  add(timer: Timer): void
  /** False where it does not wait any more. */
  remove(timer: Timer): boolean
}

export function createTimerQueue(): TimerQueue {
  const timers: Timer[] = []
  return {
    get first() {
      return timers[0]
    },
    get size() {
      return timers.length
    },
    add(timer) {
      const index = timers.findLastIndex((other) => other.due <= timer.due)
      timers.splice(index + 1, 0, timer)
    },
    remove(timer) {
      const index = timers.indexOf(timer)
      if (index >= 0) timers.splice(index, 1)
      return index >= 0
    },
  }
}
