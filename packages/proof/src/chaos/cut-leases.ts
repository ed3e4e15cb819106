import { redoneIn } from '@millrace/testing'
import type { ProofEvidence } from '../rig/proof-rig.js'
import type { Kill } from './fleet.js'
import { nextStint, type Stint } from './stints.js'

export interface CutLease {
  readonly stint: Stint
  /** Records that were in flight in it, or done and not committed. */
  readonly open: number
}

/**
 * The leases that ended without a drain: their worker was killed, or the group took them away. What they left open is what
 * stands above the offsets read right after the kill, or above the start of the next lease where that is lower or earlier.
 */
export function cutLeases(
  evidence: Pick<ProofEvidence, 'sent' | 'lines'> & { readonly kills: readonly Kill[] },
  stints: readonly Stint[],
): readonly CutLease[] {
  const redone = redoneIn(evidence)
  const killOf = new Map(evidence.kills.map((kill) => [kill.worker, kill]))
  return stints
    .filter((stint) => stint.ended === undefined || wasTaken(stint))
    .map((stint) => {
      const { worker, partition, generation } = stint
      const afterKill = stint.ended === undefined ? killOf.get(worker)?.committed.get(partition) : undefined
      const places = [afterKill, nextStint(stints, stint)?.startOffset].filter((offset) => offset !== undefined)
      const [first] = places.toSorted((a, b) => (a < b ? -1 : 1))
      // Nobody took it over, so nobody did anything again.
      if (first === undefined) return { stint, open: 0 }
      const committed = (_topic: string, at: number): bigint => (at === partition ? first : beyondAll)
      return { stint, open: redone({ worker, generation, committed }) }
    })
}

const beyondAll = 2n ** 63n

export const wasTaken = ({ ended }: Stint): boolean => ended === 'lost' || ended === 'died'

export const nameOfLease = ({
  worker,
  partition,
  generation,
}: Pick<Stint, 'worker' | 'partition' | 'generation'>): string =>
  `${worker}'s lease of partition ${partition} in generation ${generation}`
