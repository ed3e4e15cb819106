import { type Clock, type Duration, toMs, waitOn } from '@millrace/core'

/** Time that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time on and runs every timer that falls due, in order, each at its own moment. */
  advance(by: Duration | number): Promise<void>
  /** Moves time to the next timer and runs it. False when no timer waits. */
  advanceToNext(): Promise<boolean>
  /** Lets everything run that needs no time to pass: promise chains, yields, and what they start. */
  settle(): Promise<void>
  /** Timers that wait for time to pass. */
  readonly timersWaiting: number
}

interface Waiting {
  readonly due: number
  readonly call: () => void
}

// Taken when the module loads, so that fake timers of a test framework do not stop the clock that replaces them.
const nextTurn = setImmediate
const turn = (): Promise<void> => new Promise((resolve) => nextTurn(resolve))

/** Turns without a yield before everything counts as settled: a handler may hop over `setImmediate` itself. */
const quietTurns = 3
/** Beyond this, something yields in a circle. */
const maxTurns = 100_000

/** The next to fall due. A Set keeps the order of insertion, so timers of the same moment run in the order in which they were set. */
function earliestOf(timers: ReadonlySet<Waiting>): Waiting | undefined {
  let found: Waiting | undefined
  for (const timer of timers) if (found === undefined || timer.due < found.due) found = timer
  return found
}

/** A clock for tests: `now()` starts at 0, `wallNow()` at `wallStartMs`, and neither moves by itself. */
export function createManualClock({ wallStartMs = Date.UTC(2025, 0, 1) } = {}): ManualClock {
  const timers = new Set<Waiting>()
  let now = 0
  let yields = 0
  let openYields = 0

  async function settle(): Promise<void> {
    let quiet = 0
    for (let turns = 0; quiet < quietTurns; turns += 1) {
      if (turns === maxTurns) throw new Error(`something still yields after ${maxTurns} turns of the event loop`)
      const before = yields
      await turn()
      quiet = yields === before && openYields === 0 ? quiet + 1 : 0
    }
  }

  async function run(timer: Waiting): Promise<void> {
    timers.delete(timer)
    now = Math.max(now, timer.due)
    timer.call()
    await settle()
  }

  const clock: ManualClock = {
    now: () => now,
    wallNow: () => wallStartMs + now,
    after(ms, call) {
      const timer = { due: now + Math.max(0, ms), call }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    wait: (ms, signal) => waitOn(clock, ms, signal),
    async yield() {
      yields += 1
      openYields += 1
      await turn()
      openYields -= 1
    },
    settle,
    async advance(by) {
      const target = now + (typeof by === 'number' ? by : toMs(by))
      await settle()
      for (let next = earliestOf(timers); next !== undefined && next.due <= target; next = earliestOf(timers))
        await run(next)
      now = Math.max(now, target)
      await settle()
    },
    async advanceToNext() {
      await settle()
      const next = earliestOf(timers)
      if (next !== undefined) await run(next)
      return next !== undefined
    },
    get timersWaiting() {
      return timers.size
    },
  }
  return clock
}
