import { setTimeout as delay } from 'node:timers/promises'
import { type ActiveFault, createFault, type FaultKind, matches, type Which } from './fault.js'
import type { Frame } from './unanswered.js'

/** The faults that hold now, asked for each piece of each frame. */
export interface FaultPlan {
  add(what: FaultKind, which?: Which): ActiveFault
  /** Whether a new connection to the node is refused. */
  refuses(node: number): boolean
  /** What becomes of a frame: asked once, when it begins. */
  fateOf(frame: Frame): 'forward' | 'swallow' | 'cut'
  /** Resolves when the bytes may go on: at once unless somebody holds or delays the frame. Rejects when `signal` aborts. */
  admit(frame: Frame, arrivedMs: number, signal: AbortSignal): Promise<void> | undefined
  /** The slowest throttle on the frame. */
  throttleOf(frame: Frame): ActiveFault | undefined
  /** Ends every fault. */
  heal(): void
}

export function createFaultPlan(): FaultPlan {
  const active = new Set<ActiveFault>()
  const first = (frame: Frame, wanted: (what: FaultKind) => boolean): ActiveFault | undefined => {
    for (const fault of active) if (wanted(fault.what) && matches(fault.which, frame)) return fault
    return undefined
  }
  const holdsOrDelays = (frame: Frame) =>
    first(frame, (what) => what.kind === 'delay' || (what.kind === 'hold' && what.directions.includes(frame.direction)))

  async function wait(frame: Frame, arrivedMs: number, signal: AbortSignal): Promise<void> {
    const passed = new Set<ActiveFault>()
    for (;;) {
      signal.throwIfAborted()
      const found = [...active].find((fault) => !passed.has(fault) && isInTheWay(fault, frame))
      if (found === undefined) return
      passed.add(found)
      found.strike(frame)
      const ms = found.what.kind === 'delay' ? arrivedMs + found.what.ms - performance.now() : undefined
      await untilOver(found.over, signal, ms)
    }
  }

  return {
    add(what, which = {}) {
      const fault = createFault(what, which, (ended) => active.delete(ended))
      active.add(fault)
      return fault
    },
    refuses(node) {
      const fault = [...active].find(({ what, which }) => what.kind === 'refuse' && matches(which, { node }))
      fault?.strike()
      return fault !== undefined
    },
    fateOf(frame) {
      const fault = first(frame, (what) => what.kind === 'drop' && what.direction === frame.direction)
      if (fault?.what.kind !== 'drop') return 'forward'
      fault.strike(frame)
      if (fault.fired >= fault.what.times) fault.end()
      return fault.what.silently ? 'swallow' : 'cut'
    },
    admit: (frame, arrivedMs, signal) =>
      active.size === 0 || holdsOrDelays(frame) === undefined ? undefined : wait(frame, arrivedMs, signal),
    throttleOf(frame) {
      const all = [...active].filter(({ what, which }) => what.kind === 'throttle' && matches(which, frame))
      const rate = ({ what }: ActiveFault) => (what.kind === 'throttle' ? what.bytesPerSecond : Infinity)
      return all.toSorted((a, b) => rate(a) - rate(b))[0]
    },
    heal() {
      for (const fault of [...active]) fault.end()
    },
  }
}

const isInTheWay = ({ what, which }: ActiveFault, frame: Frame): boolean =>
  (what.kind === 'delay' || (what.kind === 'hold' && what.directions.includes(frame.direction))) &&
  matches(which, frame)

/** Resolves when the fault is over or, with a limit, the time is up. Rejects when the connection ends. */
export async function untilOver(over: AbortSignal, signal: AbortSignal, ms?: number): Promise<void> {
  signal.throwIfAborted()
  if (ms !== undefined && ms <= 0) return
  const either = AbortSignal.any([over, signal])
  // Both ends of the wait are aborts; which one it was is looked at below.
  if (ms !== undefined) await delay(ms, undefined, { signal: either }).catch(() => undefined)
  else if (!either.aborted) {
    await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }))
  }
  signal.throwIfAborted()
}
