import type { Clock } from '../observe/clock.js'
import type { LeasedPartition } from './leased-partition.js'

/** How long the last commit may take beyond the deadline: a coordinator that hangs must not hold up the end. */
export const lastCommitMs = 2_000
/** Of it, how long the abort of a transaction may take that is still open then. */
const lastAbortMs = 1_000

export interface DrainParts {
  readonly clock: Clock
  /** How long running attempts are waited for. */
  readonly drainMs: number
  /** Ends the drain before its time. */
  readonly cutShort: AbortSignal
  /** Commits what is settled: tries again until `until` aborts, and gives up what is open when `end` does. */
  readonly flush: (until: AbortSignal, end: AbortSignal) => Promise<void>
}

/**
 * What happens before leases end: intake stops, running attempts finish, and what is settled is committed. At the deadline
 * running attempts are left behind and what is settled is committed, within 2 s; what is open in the last of them is aborted.
 */
export async function drainLeases(
  ending: readonly LeasedPartition[],
  reason: 'revoked' | 'shutdown',
  { clock, drainMs, cutShort, flush }: DrainParts,
): Promise<void> {
  const deadline = new AbortController()
  const timer = clock.after(drainMs, () => deadline.abort('revoked'))
  const until = AbortSignal.any([deadline.signal, cutShort])
  const late = Promise.withResolvers<void>()
  const onAbort = (): void => late.resolve()
  until.addEventListener('abort', onAbort)
  if (until.aborted) late.resolve()
  const over = new AbortController()
  const end = new AbortController()
  const lastMoment = late.promise
    .then(() => clock.wait(lastCommitMs - lastAbortMs, over.signal))
    .then(() => {
      end.abort(reason)
      return clock.wait(lastAbortMs, over.signal)
    })
  try {
    await Promise.race([Promise.all(ending.map((partition) => partition.drain(reason))), late.promise])
    await Promise.race([flush(until, end.signal), lastMoment])
  } finally {
    timer.cancel()
    over.abort()
    until.removeEventListener('abort', onAbort) // a combined signal with a listener is never collected
  }
}
