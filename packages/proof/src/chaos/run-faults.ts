import { setTimeout as delay } from 'node:timers/promises'
import { type BrokerControl, type FaultProxy, machineNowMs } from '@millrace/testing'
import type { ProofCluster, ProofRig } from '../rig/proof-rig.js'
import type { PlannedFault } from './chaos-schedule.js'
import { type FiredFault, fireFault } from './fire-fault.js'
import { createFleet, type Fleet } from './fleet.js'
import type { ChaosEvidence } from './judge-chaos.js'
import { createTurns } from './turns.js'

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

export interface FaultRunOptions extends ChaosOptions {
  readonly cluster: ChaosCluster
  readonly slots: number
}

/** What was done to a rig, and when the flow began and ended. */
export type FaultRun = Pick<ChaosEvidence, 'fromMs' | 'untilMs' | 'planned' | 'fired'> & { readonly fleet: Fleet }

/** What a run may take beyond its duration, until everything is sent and committed. */
const finishLimitMs = 120_000

type FaultRig = Omit<ProofRig, 'evidence'>

/** Lets the records of a rig flow through so many workers while a schedule is done to them, until all of it is committed. */
export async function runFaults(rig: FaultRig, options: FaultRunOptions): Promise<FaultRun> {
  const { cluster, slots, schedule, durationMs } = options
  const ended = new AbortController()
  const signal = options.signal === undefined ? ended.signal : AbortSignal.any([ended.signal, options.signal])
  try {
    const fleet = createFleet(rig, slots, signal)
    await rig.settled(fleet.names())
    const fromMs = machineNowMs()
    const sending = rig.producer.finish()
    sending.catch(() => undefined) // it is awaited below
    const parts = { fleet, ...cluster, turns: createTurns(), signal }
    const firing = schedule.map(async (planned) => {
      await delay(Math.max(0, fromMs + planned.atMs - machineNowMs()), undefined, { signal })
      const fired = await fireFault(planned, parts)
      options.onFired?.(fired, fired.atMs - fromMs)
      return fired
    })
    const fired: readonly FiredFault[] = await Promise.all(firing)
    await delay(Math.max(0, fromMs + durationMs - machineNowMs()), undefined, { signal })
    await within(sending, 'every record is acknowledged')
    await rig.caughtUp().catch(() => undefined) // what is left is found by the checks, with its place
    return { fleet, fromMs, untilMs: machineNowMs(), planned: schedule.length, fired }
  } finally {
    ended.abort()
  }
}

/** Ends every worker in order and tells what became of each. */
export async function endInOrder(
  rig: FaultRig,
  { fleet, ...run }: FaultRun,
): Promise<Omit<FaultRun, 'fleet'> & Pick<ChaosEvidence, 'kills' | 'workers'>> {
  const killed = new Set(fleet.kills.map(({ worker }) => worker))
  const workers = await Promise.all(
    rig.names().map(async (name) => ({
      name,
      exit: killed.has(name) ? await rig.worker(name).exited : await rig.terminate(name),
      announcements: rig.worker(name).announcements,
      log: `${rig.worker(name).stdout}${rig.worker(name).stderr}`,
    })),
  )
  return { ...run, kills: fleet.kills, workers }
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
