/**
 * Time that stands still until a test moves it. Timers wait in order of the moment they are due, those of one moment in the order
 * in which they were set. `advance` goes from one due timer to the next, each at its own moment, and lets everything that needs no
 * time (promises, in-memory sockets, what they start) come to rest between two of them, so a timer that is set on the way and is
 * due on the way runs too. What is due at once (`after(0)`) never waits for `advance`: it takes a turn, not time.
 */
import type { Clock } from './clock.js'
import { createTimerQueue, type Timer } from './timer-queue.js'

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

// Taken when the module loads, so that fake timers of a test framework do not stop the clock that they are combined with.
const nextTurn = setImmediate
const turn = (): Promise<void> => new Promise((resolve) => void nextTurn(resolve))

/** Turns without a sign of life before everything counts as settled: a frame takes one from socket to answer, a client some more. */
const quietTurns = 4
/** Beyond this, timers of the next turn go in a circle. */
const maxTurns = 10_000

/** A broker with this clock belongs on in-memory sockets, with the client's own timers moved by the same hand. */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const timers = createTimerQueue()
  let now = options.startMs ?? Date.UTC(2025, 0, 1)
  let activity = 0
  const queued = oneAtATime()

  function run(timer: Timer): void {
    if (!timers.remove(timer)) return
    activity += 1
    now = Math.max(now, timer.due)
    timer.task()
  }

  const settle = (): Promise<void> =>
    comeToRest(
      () => activity,
      () => options.settled?.(),
    )

  async function moveTo(target: number): Promise<void> {
    await settle()
    for (let next = timers.first; next !== undefined && next.due <= target; next = timers.first) {
      run(next)
      await settle()
    }
    now = Math.max(now, target)
  }

  return {
    now: () => now,
    after(delayMs, task) {
      const timer: Timer = { due: now + Math.max(0, delayMs), task }
      timers.add(timer)
      activity += 1
      if (delayMs <= 0) nextTurn(() => run(timer))
      return () => void timers.remove(timer)
    },
    advance: (ms) => queued(() => moveTo(now + ms)),
    advanceToNext: () =>
      queued(async () => {
        await settle()
        const next = timers.first
        if (next !== undefined) await moveTo(next.due)
        return next !== undefined
      }),
    settle: () => queued(settle),
    get nextTimerAt() {
      return timers.first?.due
    },
    get timersWaiting() {
      return timers.size
    },
  }
}

/** Waits until nothing gives a sign of life any more: `activity` changes with each, `settled` is asked after each turn. */
async function comeToRest(activity: () => number, settled: () => Promise<void> | undefined): Promise<void> {
  let quiet = 0
  for (let turns = 0; quiet < quietTurns; turns += 1) {
    if (turns === maxTurns) throw new Error(`timers still set timers after ${maxTurns} turns of the event loop`)
    const before = activity()
    await turn()
    await settled()
    quiet = activity() === before ? quiet + 1 : 0
  }
}

/** One mover at a time; an error belongs to the caller of its own move. */
function oneAtATime(): <T>(move: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (move) => {
    const moved = last.then(move)
    last = moved.catch(() => undefined)
    return moved
  }
}
