import type { Clock, Timer } from '@millrace/core'

export interface SamplingOptions {
  /** How many of the same fault are written whole in a period. Default 5. */
  readonly whole?: number
  /** Default one minute. */
  readonly periodMs?: number
  /** How many faults are told apart at a time; beyond them the oldest is forgotten, its count written. Default 1,000. */
  readonly maxFaults?: number
  readonly clock: Pick<Clock, 'now' | 'after'>
}

/** A fault that came more often than it was written. `last` is what was left out last. */
export interface LeftOut<Line> {
  readonly count: number
  readonly withinMs: number
  readonly last: Line
}

export interface ErrorSampling<Line> {
  /** Whether this one is written. One that is not is counted. */
  isWritten(fault: string, line: Line): boolean
  /** Tells of everything that was left out so far. Idempotent; what comes later begins anew. */
  close(): void
}

interface Fault<Line> {
  readonly sinceMs: number
  seen: number
  /** Set once something was left out. */
  last: Line | undefined
}

/**
 * Keeps a fault that every record has from filling a log: the first ones of a period are written, of the rest one line at its end says
 * how many there were.
 *
 * A period begins with the first of its fault. One timer runs while anything is left out, and none otherwise.
 */
export function createErrorSampling<Line>(
  { whole = 5, periodMs = 60_000, maxFaults = 1_000, clock }: SamplingOptions,
  report: (leftOut: LeftOut<Line>) => void,
): ErrorSampling<Line> {
  // In the order of their beginnings, and so of their ends.
  const faults = new Map<string, Fault<Line>>()
  let timer: Timer | undefined

  function end(key: string, { sinceMs, seen, last }: Fault<Line>): void {
    faults.delete(key)
    if (last !== undefined) report({ count: seen - whole, withinMs: Math.min(periodMs, clock.now() - sinceMs), last })
  }
  function endPast(): void {
    for (const [key, fault] of faults) {
      if (clock.now() - fault.sinceMs < periodMs) break
      end(key, fault)
    }
  }
  function arm(): void {
    if (timer !== undefined) return
    const next = [...faults.values()].find(({ last }) => last !== undefined)
    if (next === undefined) return
    timer = clock.after(Math.max(0, next.sinceMs + periodMs - clock.now()), () => {
      timer = undefined
      endPast()
      arm()
    })
  }
  function started(key: string): Fault<Line> {
    const [oldest] = faults
    if (faults.size >= maxFaults && oldest !== undefined) end(...oldest)
    const fault: Fault<Line> = { sinceMs: clock.now(), seen: 0, last: undefined }
    faults.set(key, fault)
    return fault
  }

  return {
    isWritten(key, line) {
      endPast()
      const fault = faults.get(key) ?? started(key)
      fault.seen += 1
      if (fault.seen <= whole) return true
      fault.last = line
      arm()
      return false
    },
    close() {
      timer?.cancel()
      timer = undefined
      for (const [key, fault] of faults) end(key, fault)
    },
  }
}
