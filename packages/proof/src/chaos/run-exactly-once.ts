import type { FixtureRecord, RecordKind } from '@millrace/testing'
import { createPipelineRig } from '../rig/pipeline-rig.js'
import { planRecords } from '../rig/plan-records.js'
import { sessionMs } from './exactly-once-schedule.js'
import type { ExactlyOnceEvidence } from './judge-exactly-once.js'
import { type ChaosCluster, type ChaosOptions, endInOrder, runFaults } from './run-faults.js'

export interface ExactlyOnceOptions extends ChaosOptions {
  readonly records: number
  /** Sends outputs beside the transactions: what the verdict has to find. */
  readonly sendsOutside?: boolean
}

const slots = 3
/** Longer than the broker is ever away: what was sent is acknowledged, or the run is void. */
const deliveryTimeoutMs = 120_000
/** Everything has flowed while there is still time to see it committed. */
const flowShare = 0.9
/** One record in so many is written to the source by a transaction that is aborted. */
const abortedEvery = 40

/** Of 200 records 10 fail once or twice, 2 are poison, 1 fails for good, 10 have no output and 10 have three. */
export const pipelineKind = (index: number): RecordKind => {
  const at = index % 200
  if (at === 57) return 'permanent'
  if (at === 23 || at === 123) return 'poison'
  if (at % 20 === 11) return 'transient'
  if (at % 20 === 5) return 'filter'
  return at % 20 === 17 ? 'fan-out' : 'ok'
}

/** What a handler may never be given, with the keys of those that it is given. */
const abortedRecords = (count: number): readonly FixtureRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `key-${index}`,
    value: JSON.stringify({ id: `aborted-${index}`, sequence: index }),
  }))

/** Lets records flow through a pipeline of three workers while a schedule is done to them; resolves with what was seen. */
export async function runExactlyOnce(cluster: ChaosCluster, options: ExactlyOnceOptions): Promise<ExactlyOnceEvidence> {
  const { sendsOutside = false, durationMs } = options
  const records = planRecords(options.records, { kindAt: pipelineKind })
  const rig = await createPipelineRig(cluster, {
    ...{ records, deliveryTimeoutMs, sendsOutside, sessionTimeoutMs: sessionMs, heartbeatIntervalMs: 500 },
    aborted: abortedRecords(Math.floor(options.records / abortedEvery)),
    perSecond: Math.ceil((records.length * 1000) / (durationMs * flowShare)),
  })
  try {
    const run = await runFaults(rig, { cluster, slots, ...options })
    const observed = await endInOrder(rig, run)
    return { ...(await rig.evidence()), ...observed, plannedRecords: records.length }
  } finally {
    await rig.close()
  }
}
