import { checkDeadLetters, checkLedger, checkOrder, checkRun, type WorkerProcess } from '@millrace/testing'
import type { ProofEvidence } from './proof-rig.js'
import { readLedgers } from './read-ledgers.js'
import { redeliveriesIn, type RedeliveryCauses } from './redeliveries.js'

export interface Expected extends RedeliveryCauses {
  /** What the kills, and the leases that were lost, explain. Default 0. */
  readonly duplicatesAtMost?: number
  /** They have stopped: each must have printed its last ledger, and every ledger that they printed must balance. */
  readonly survivors: readonly Pick<WorkerProcess, 'announcements'>[]
}

/** Everything that is wrong with a run: O1 to O6 with lanes by partition, the order by key, O10, the ledgers. */
export function faultsOf(
  evidence: ProofEvidence,
  { duplicatesAtMost = 0, survivors, ...causes }: Expected,
): readonly string[] {
  const { withoutCause } = redeliveriesIn(evidence, causes)
  const violations = [
    ...checkRun(evidence, { by: 'partition', duplicatesAtMost }),
    ...checkOrder(evidence, { by: 'key' }),
    ...checkDeadLetters(evidence.originals, evidence.letters),
    ...survivors.flatMap((worker) => readLedgers(worker).flatMap(checkLedger)),
  ]
  const silent = survivors.filter((worker) => !readLedgers(worker).some(({ at }) => at === 'worker.stopped'))
  return [
    ...violations.map(({ oracle, text }) => `${oracle}: ${text}`),
    ...withoutCause.map((text) => `O6: ${text}`),
    ...silent.map(() => 'ledger: a worker has not printed its last one'),
  ]
}
