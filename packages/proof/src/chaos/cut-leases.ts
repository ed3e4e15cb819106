import { redoneIn, type Run } from '@millrace/testing'
import type { ProofEvidence } from '../rig/proof-rig.js'
import type { Kill } from './fleet.js'
import { nextStint, type Stint } from './stints.js'

export interface CutLease {
  readonly stint: Stint
  /** What the group had committed when the next lease began; undefined where nobody took the partition over. */
  readonly committed: bigint | undefined
  /** Records that were in flight in it, or done and not committed. */
  readonly open: number
}

type Known = Pick<ProofEvidence, 'sent' | 'lines'> & { readonly kills: readonly Kill[] }

/**
 * The leases that ended without a drain: their worker was killed, or the group took them away. What they left open stands
 * above the start of the next lease; that this start is not below what was committed is checked by `startsBelowCommits`.
 */
export function cutLeases(evidence: Known, stints: readonly Stint[]): readonly CutLease[] {
  const redone = redoneIn(evidence)
  const killed = new Set(evidence.kills.map(({ worker }) => worker))
  return stints
    .filter((stint) => wasTaken(stint) || (stint.ended === undefined && killed.has(stint.worker)))
    .map((stint) => {
      const { worker, partition, generation } = stint
      const first = nextStint(stints, stint)?.startOffset
      // Nobody took it over, so nobody did anything again.
      if (first === undefined) return { stint, committed: undefined, open: 0 }
      const committed = (_topic: string, at: number): bigint => (at === partition ? first : beyondAll)
      return { stint, committed: first, open: redone({ worker, generation, committed }) }
    })
}

const beyondAll = 2n ** 63n

/** Whether the lease of a run was cut, and the next one began at or below its record. */
export function leftOpenBy(cuts: readonly CutLease[]): (run: Run) => boolean {
  const byLease = new Map(cuts.map(({ stint, committed }) => [nameOfLease(stint), committed]))
  return (run) => {
    const committed = byLease.get(nameOfLease(run))
    return committed !== undefined && run.offset >= committed
  }
}

/** Moments of workers are told in whole milliseconds. */
const roundingMs = 1

/** Every lease begins at or above all that was seen committed before: else it does again what nobody had left open. */
export function startsBelowCommits(
  { commits, kills }: Pick<ProofEvidence, 'commits'> & { readonly kills: readonly Kill[] },
  stints: readonly Stint[],
): readonly string[] {
  const afterKills = kills.flatMap(({ committed, readMs }) =>
    [...committed].map(([partition, offset]) => ({ partition, offset, atMs: readMs })),
  )
  const seen = [...commits, ...afterKills].toSorted((a, b) => a.atMs - b.atMs)
  return stints.flatMap((stint) => {
    const before = seen.filter(
      ({ partition, atMs }) => partition === stint.partition && atMs < stint.startedMs - roundingMs,
    )
    const last = before.reduce((highest, { offset }) => (offset > highest ? offset : highest), 0n)
    if (stint.startOffset >= last) return []
    return [`O6: ${nameOfLease(stint)} began at ${stint.startOffset}, although ${last} was committed`]
  })
}

export const wasTaken = ({ ended }: Stint): boolean => ended === 'lost' || ended === 'died'

export const nameOfLease = ({
  worker,
  partition,
  generation,
}: Pick<Stint, 'worker' | 'partition' | 'generation'>): string =>
  `${worker}'s lease of partition ${partition} in generation ${generation}`
