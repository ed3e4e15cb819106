/**
 * Time that stands still until a test moves it. Timers wait in order of the moment they are due, those of one moment in the order
 * in which they were set. `advance` goes from one due timer to the next, each at its own moment, and lets everything that needs no
 * time (promises, in-memory sockets, what they start) come to rest between two of them, so a timer that is set on the way and is
 * due on the way runs too. What is due at once (`after(0)`) never waits for `advance`: it takes a turn, not time.
 */
import type { Clock } from './clock.js'

export interface VirtualClock extends Clock {
  /**
   * Moves time on by so many milliseconds. Resolves when every timer that fell due has run and all has come to rest.
   * Calls queue up: two at once move time twice. Rejects with what a timer threw; time then stands at that timer.
   */
  advance(ms: number): Promise<void>
  /** Moves time to the next timer, runs it and those of the same moment. False where none waits; time then stays. */
  advanceToNext(): Promise<boolean>
  /** Lets everything run that needs no time to pass. */
  settle(): Promise<void>
  /** The moment of the next timer, in milliseconds since the epoch; undefined where none waits. */
  readonly nextTimerAt: number | undefined
  /** Timers that wait, those of the next turn included. */
  readonly timersWaiting: number
}

export interface VirtualClockOptions {
  /** What `now()` says at first, in milliseconds since the epoch. Default: 2025-01-01T00:00:00Z. */
  startMs?: number
  /**
   * Called after each step until it resolves: what else must come to rest, besides the event loop's turns, before the next timer
   * may run. Default: nothing.
   */
  settled?: () => Promise<void>
}

interface Timer {
  readonly due: number
  readonly task: () => void
}

// Taken when the module loads, so that fake timers of a test framework do not stop the clock that they are combined with.
const nextTurn = setImmediate
const turn = (): Promise<void> => new Promise((resolve) => void nextTurn(resolve))

/** Turns without a sign of life before everything counts as settled: a frame takes one from socket to answer, a client some more. */
const quietTurns = 4
/** Beyond this, timers of the next turn go in a circle. */
const maxTurns = 10_000

/** A broker with this clock belongs on in-memory sockets, with the client's own timers moved by the same hand. */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const timers: Timer[] = []
  let now = options.startMs ?? Date.UTC(2025, 0, 1)
  let activity = 0
  let queue: Promise<unknown> = Promise.resolve()

  function insert(timer: Timer): void {
    const index = timers.findLastIndex((other) => other.due <= timer.due)
    timers.splice(index + 1, 0, timer)
    activity += 1
  }

  function remove(timer: Timer): boolean {
    const index = timers.indexOf(timer)
    if (index >= 0) timers.splice(index, 1)
    return index >= 0
  }

  function run(timer: Timer): void {
    if (!remove(timer)) return
    activity += 1
    now = Math.max(now, timer.due)
    timer.task()
  }

  async function settle(): Promise<void> {
    let quiet = 0
    for (let turns = 0; quiet < quietTurns; turns += 1) {
      if (turns === maxTurns) throw new Error(`timers still set timers after ${maxTurns} turns of the event loop`)
      const before = activity
      await turn()
      await options.settled?.()
      quiet = activity === before ? quiet + 1 : 0
    }
  }

  async function moveTo(target: number): Promise<void> {
    await settle()
    for (let next = timers[0]; next !== undefined && next.due <= target; next = timers[0]) {
      run(next)
      await settle()
    }
    now = Math.max(now, target)
  }

  /** One mover at a time; an error belongs to the caller of its own move. */
  function queued<T>(move: () => Promise<T>): Promise<T> {
    const moved = queue.then(move)
    queue = moved.catch(() => undefined)
    return moved
  }

  return {
    now: () => now,
    after(delayMs, task) {
      const timer: Timer = { due: now + Math.max(0, delayMs), task }
      insert(timer)
      if (delayMs <= 0) nextTurn(() => run(timer))
      return () => void remove(timer)
    },
    advance: (ms) => queued(() => moveTo(now + ms)),
    advanceToNext: () =>
      queued(async () => {
        await settle()
        const next = timers[0]
        if (next !== undefined) await moveTo(next.due)
        return next !== undefined
      }),
    settle: () => queued(settle),
    get nextTimerAt() {
      return timers[0]?.due
    },
    get timersWaiting() {
      return timers.length
    },
  }
}
