import { checkCommits } from './check-commits.js'
import { checkDuplicates } from './check-duplicates.js'
import { checkExpectedSets } from './check-expected-sets.js'
import { checkNoOverlap } from './check-no-overlap.js'
import { checkNothingLost } from './check-nothing-lost.js'
import { checkOrder } from './check-order.js'
import type { Evidence, LaneBy, Violation } from './evidence.js'

export interface CheckRunOptions {
  /** Default `partition`. */
  readonly by?: LaneBy
  /** Duplicates that the faults of the run explain. Default 0. */
  readonly duplicatesAtMost?: number
  /** Ids whose send was never answered. */
  readonly unknown?: readonly string[]
}

/** O1 to O6 over one run: an empty list, or everything that is wrong with it. */
export const checkRun = (
  evidence: Evidence,
  { by = 'partition', duplicatesAtMost = 0, unknown = [] }: CheckRunOptions = {},
): readonly Violation[] => [
  ...checkNothingLost(evidence, { unknown }),
  ...checkExpectedSets(evidence),
  ...checkOrder(evidence, { by }),
  ...checkNoOverlap(evidence, { by }),
  ...checkCommits(evidence),
  ...checkDuplicates(evidence, { atMost: duplicatesAtMost }),
]
