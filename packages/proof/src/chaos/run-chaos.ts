import { setTimeout as delay } from 'node:timers/promises'
import { type BrokerControl, type FaultProxy, machineNowMs, type RecordKind } from '@millrace/testing'
import { type PlannedRecord, planRecords } from '../rig/plan-records.js'
import { createProofRig, type ProofCluster, type ProofRig } from '../rig/proof-rig.js'
import type { PlannedFault } from './chaos-schedule.js'
import { type FiredFault, fireFault } from './fire-fault.js'
import { createFleet, type Fleet } from './fleet.js'
import type { ChaosEvidence } from './judge-chaos.js'

/** A broker that may be hurt, with a proxy between it and the workers; probe and admin go past the proxy. */
export interface ChaosCluster extends ProofCluster {
  readonly control: BrokerControl
  readonly proxy: FaultProxy
}

export interface ChaosOptions {
  /** What is done to the run, and when. */
  readonly schedule: readonly PlannedFault[]
  readonly durationMs: number
  /** Ends the run early. */
  readonly signal?: AbortSignal
  /** Told each fault when it is over. */
  readonly onFired?: (fired: FiredFault, sinceStartMs: number) => void
}

const chaosSettings = {
  perSecond: 500,
  partitions: 8,
  slots: 3,
  sessionTimeoutMs: 3_000,
  heartbeatIntervalMs: 300,
} as const
/** Longer than the broker is ever away: what was sent is acknowledged, or the run is void. */
const deliveryTimeoutMs = 120_000
/** What a run may take beyond its duration, until everything is sent and committed. */
const finishLimitMs = 120_000

/** Of 200 records 10 fail once or twice, 2 are poison, 1 fails for good and 1 is slow. */
const chaosKind = (index: number): RecordKind => {
  const at = index % 200
  if (at === 57) return 'permanent'
  if (at === 23 || at === 123) return 'poison'
  if (at === 171) return 'slow'
  return at % 20 === 11 ? 'transient' : 'ok'
}

/** Paced records, 8 partitions, short sessions. */
const createChaosRig = (cluster: ProofCluster, records: readonly PlannedRecord[]): Promise<ProofRig> =>
  createProofRig(cluster, {
    records,
    ...{ perSecond: chaosSettings.perSecond, partitions: chaosSettings.partitions, deliveryTimeoutMs },
    ...{ sessionTimeoutMs: chaosSettings.sessionTimeoutMs, heartbeatIntervalMs: chaosSettings.heartbeatIntervalMs },
  })

/** Lets records flow through three workers while a schedule is done to them; resolves with what was seen. */
export async function runChaos(cluster: ChaosCluster, options: ChaosOptions): Promise<ChaosEvidence> {
  const records = planRecords((chaosSettings.perSecond * options.durationMs) / 1000, { kindAt: chaosKind })
  const rig = await createChaosRig(cluster, records)
  const ended = new AbortController()
  const signal = options.signal === undefined ? ended.signal : AbortSignal.any([ended.signal, options.signal])
  try {
    const fleet = createFleet(rig, chaosSettings.slots)
    await rig.settled(fleet.names())
    const fromMs = machineNowMs()
    const sending = rig.producer.finish()
    sending.catch(() => undefined) // it is awaited below
    const { schedule } = options
    const parts = { fleet, ...cluster, signal }
    const firing = schedule.map(async (planned) => {
      await delay(Math.max(0, fromMs + planned.atMs - machineNowMs()), undefined, { signal })
      const fired = await fireFault(planned, parts)
      options.onFired?.(fired, fired.atMs - fromMs)
      return fired
    })
    const fired = await Promise.all(firing)
    await delay(Math.max(0, fromMs + options.durationMs - machineNowMs()), undefined, { signal })
    await within(sending, 'every record is acknowledged')
    await rig.caughtUp().catch(() => undefined) // what is left is found by the checks, with its place
    const untilMs = machineNowMs()
    return await evidenceOf(rig, fleet, { fromMs, untilMs, schedule, fired, plannedRecords: records.length })
  } finally {
    ended.abort()
    await rig.close()
  }
}

interface Observed {
  readonly fromMs: number
  readonly untilMs: number
  readonly schedule: readonly PlannedFault[]
  readonly fired: readonly FiredFault[]
  readonly plannedRecords: number
}

async function evidenceOf(rig: ProofRig, fleet: Fleet, { schedule, ...observed }: Observed): Promise<ChaosEvidence> {
  const killed = new Set(fleet.kills.map(({ worker }) => worker))
  const workers = await Promise.all(
    rig.names().map(async (name) => ({
      name,
      exit: killed.has(name) ? await rig.worker(name).exited : await rig.terminate(name),
      announcements: rig.worker(name).announcements,
      log: `${rig.worker(name).stdout}${rig.worker(name).stderr}`,
    })),
  )
  return { ...(await rig.evidence()), ...observed, planned: schedule.length, kills: fleet.kills, workers }
}

async function within(work: Promise<void>, what: string): Promise<void> {
  const timer = new AbortController()
  const limit = delay(finishLimitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`not within ${finishLimitMs} ms: ${what}`)
  })
  limit.catch(() => undefined) // aborted when the work was done in time
  try {
    await Promise.race([work, limit])
  } finally {
    timer.abort()
  }
}
