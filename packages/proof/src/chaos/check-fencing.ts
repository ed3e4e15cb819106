import { type Evidence, pairRuns } from '@millrace/testing'
import { nameOfLease, wasTaken } from './cut-leases.js'
import { nextStint, type Stint } from './stints.js'

export interface FencingLimits {
  /** How long a worker that the group has given up may not know it: its session, and a margin. */
  readonly windowMs: number
  readonly killed: ReadonlySet<string>
}

/** Between the end of a lease and its announcement, and of two processes beside each other on a busy machine. */
const marginMs = 50

/**
 * O4 for leases: nothing starts in a lease that has ended, and nothing runs in one beside its successor, but in a lease
 * that was cut, and there only within the window.
 */
export function checkFencing(
  { lines }: Pick<Evidence, 'lines'>,
  stints: readonly Stint[],
  { windowMs, killed }: FencingLimits,
): readonly string[] {
  const leases = new Map(stints.map((stint) => [nameOfLease(stint), { stint, next: nextStint(stints, stint) }]))
  return pairRuns(lines).flatMap((run) => {
    const what = `O4: ${run.id} at ${run.topic}[${run.partition}]@${run.offset}`
    const lease = leases.get(nameOfLease(run))
    if (lease === undefined) return [`${what} ran without ${nameOfLease(run)}`]
    const { stint, next } = lease
    if (stint.endedMs !== undefined && run.startedMs > stint.endedMs + marginMs)
      return [`${what} started ${inMs(run.startedMs - stint.endedMs)} behind the end of ${nameOfLease(stint)}`]
    if (next === undefined || next.worker === stint.worker) return []
    const besideMs = (run.ended?.atMs ?? run.startedMs) - next.startedMs
    const isCut = wasTaken(stint) || (stint.ended === undefined && killed.has(stint.worker))
    if (besideMs <= (isCut ? windowMs : marginMs)) return []
    return [`${what} ran in ${nameOfLease(stint)} until ${inMs(besideMs)} behind the start of ${nameOfLease(next)}`]
  })
}

const inMs = (ms: number): string => `${ms.toFixed(0)} ms`
