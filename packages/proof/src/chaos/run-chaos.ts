import type { RecordKind } from '@millrace/testing'
import { planRecords } from '../rig/plan-records.js'
import { createProofRig } from '../rig/proof-rig.js'
import type { ChaosEvidence } from './judge-chaos.js'
import { type ChaosCluster, type ChaosOptions, runFaults, endInOrder } from './run-faults.js'

const perSecond = 500
const slots = 3
/** Paced records, 8 partitions, short sessions. */
const chaosSettings = { perSecond, partitions: 8, sessionTimeoutMs: 3_000, heartbeatIntervalMs: 300 } as const
/** Longer than the broker is ever away: what was sent is acknowledged, or the run is void. */
const deliveryTimeoutMs = 120_000

/** Of 200 records 10 fail once or twice, 2 are poison, 1 fails for good and 1 is slow. */
const chaosKind = (index: number): RecordKind => {
  const at = index % 200
  if (at === 57) return 'permanent'
  if (at === 23 || at === 123) return 'poison'
  if (at === 171) return 'slow'
  return at % 20 === 11 ? 'transient' : 'ok'
}

/** Lets records flow through three workers while a schedule is done to them; resolves with what was seen. */
export async function runChaos(cluster: ChaosCluster, options: ChaosOptions): Promise<ChaosEvidence> {
  const records = planRecords((perSecond * options.durationMs) / 1000, { kindAt: chaosKind })
  const rig = await createProofRig(cluster, { records, deliveryTimeoutMs, ...chaosSettings })
  try {
    const run = await runFaults(rig, { cluster, slots, ...options })
    const { workers, ...observed } = await endInOrder(rig, run)
    return { ...(await rig.evidence()), ...observed, workers, plannedRecords: records.length }
  } finally {
    await rig.close()
  }
}
