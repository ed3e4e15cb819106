import type { Driver, WorkerOptions } from '@millrace/core'
import { startEmbeddedCluster } from './embedded-cluster.js'
import { drawFaults, faultKinds, type PlannedFault, type SimulatedFaultKind } from './fault-plan.js'
import type { SimulatedOutput } from './judge.js'
import { runSchedule, type Schedule, type ScheduleOptions } from './run-schedule.js'
import { startScriptedCluster } from './scripted-cluster.js'
import { seeded } from './seeded.js'
import type { Meddle } from './seeded-defects.js'
import type { SimulatedRecord } from './simulated-cluster.js'

export interface SimulationOptions {
  /** A function gives every worker its own; a list is shared by all of them. */
  readonly consumers: WorkerOptions['consumers'] | (() => WorkerOptions['consumers'])
  /** Partitions of each topic: sources, sinks and dead-letter topics. */
  readonly topics: Readonly<Record<string, number>>
  /** Sent over the first 1.5 s of a schedule, in an order of the seed. */
  readonly records: readonly SimulatedRecord[]
  /**
   * With it the workers run on their real client, on an embedded broker: the full layer. It is given an address, and may use
   * nothing but `net.connect`, timers and promises. Left out: on a driver in memory, without a client and many times as fast.
   */
  readonly driver?: (address: string) => Driver
  /** What may go wrong. Default: everything. */
  readonly faults?: readonly SimulatedFaultKind[]
  /** Faults of one schedule, at most. Default 3. */
  readonly maxFaults?: number
  /** The first seed; schedules take it and those behind it. Default 1. */
  readonly seed?: number
  /** How many schedules. Default 100. */
  readonly schedules?: number
  /** Ends earlier, after so many milliseconds of real time. Default: no limit. */
  readonly budgetMs?: number
  /** Instead of the faults that the seed draws: the plan of a schedule that failed. */
  readonly plan?: readonly PlannedFault[]
  /** Workers at the beginning. Default 2. */
  readonly workers?: number
  /** Options of every worker. Default: a session of 3 s. */
  readonly worker?: ScheduleOptions['worker']
  /** What an exactly-once transform makes of a record: then its outputs have to be exactly these. */
  readonly outputs?: (record: SimulatedRecord) => readonly SimulatedOutput[]
  /** Stands between each worker and its driver: to see that a seeded defect is found. Default: nothing. */
  readonly meddle?: Meddle
  /** Ends the search behind the schedule that runs. */
  readonly signal?: AbortSignal
}

export interface SimulationReport {
  readonly seed: number
  /** Schedules that ran. */
  readonly schedules: number
  /** Events in all of them. */
  readonly steps: number
  /** Real time, ms. */
  readonly elapsedMs: number
  /** SHA-256 of the last trace. */
  readonly hash: string
}

/** A schedule broke a rule. `schedule` holds its seed, the smallest plan of faults that still breaks it, and its trace. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure'
  readonly code = 'MILLRACE_TEST_SIMULATION_FAILED'

  constructor(
    readonly schedule: Schedule,
    readonly report: SimulationReport,
  ) {
    super(textOf(schedule, report))
  }
}

const textOf = ({ seed, plan, findings, trace }: Schedule, { schedules }: SimulationReport): string =>
  [
    `schedule ${schedules}, seed ${seed}: ${findings.length} findings`,
    ...findings.slice(0, 10).map((finding) => `- ${finding}`),
    `Again: simulate({ ..., seed: ${seed}, schedules: 1, plan: ${JSON.stringify(plan)} })`,
    'The last events before its end:',
    ...trace.slice(-40).map((line) => `  ${line}`),
  ].join('\n')

/**
 * Runs workers in schedules whose every event (a delivery, a timer, a crash) is drawn from a seed, on virtual time, and checks
 * each: nothing lost, order kept, nothing done twice without a fault that explains it, commits that rise and never pass what is
 * settled, one owner per partition and generation, and with `outputs` exactly-once. Stops at the first that breaks a rule.
 * @throws SimulationFailure (`code` MILLRACE_TEST_SIMULATION_FAILED): what it names replays the schedule, event by event.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { seed = 1, schedules = 100, budgetMs = Infinity } = options
  const schedule = scheduleOptions(options)
  const drawn = options.plan === undefined ? await planner(options, schedule) : undefined
  const since = performance.now()
  let [count, steps, hash] = [0, 0, '']
  const report = (): SimulationReport => ({ seed, schedules: count, steps, elapsedMs: performance.now() - since, hash })
  while (count < schedules && performance.now() - since < budgetMs && options.signal?.aborted !== true) {
    const own = seed + count
    const found = await runSchedule(own, options.plan ?? drawn?.(own) ?? [], schedule)
    count += 1
    steps += found.steps
    hash = found.hash
    if (found.findings.length > 0) throw new SimulationFailure(await smallest(found, schedule), report())
  }
  return report()
}

function scheduleOptions({
  consumers,
  topics,
  records,
  driver,
  workers = 2,
  worker,
  outputs,
  meddle,
}: SimulationOptions): ScheduleOptions {
  return {
    ...{ topics, records, workers, outputs, meddle },
    consumers: typeof consumers === 'function' ? consumers : () => consumers,
    // A group that is killed all the time is what a schedule is for: nobody gives up.
    worker: { sessionTimeout: '3s', restarts: 1_000, ...worker },
    startCluster: async (world) => {
      if (driver === undefined) return startScriptedCluster(world, { topics, sessionMs })
      const cluster = await startEmbeddedCluster(world, { topics, driver })
      return { cluster, connect: (actor, _to, onConnect) => cluster.network.connect(actor, onConnect) }
    },
  }
}

/** The default of every worker here; in the fast layer, where nothing beats, it is the session of all. */
const sessionMs = 3_000

/** Faults fall into the time in which a schedule without any has work to do. */
async function planner({ faults = faultKinds, maxFaults = 3 }: SimulationOptions, schedule: ScheduleOptions) {
  const { steps } = await runSchedule(0, [], schedule)
  return (seed: number): readonly PlannedFault[] =>
    drawFaults(seeded(seed).fork('faults'), { kinds: faults, most: maxFaults, within: steps })
}

/** Leaves faults out, one after the other, as long as something is still wrong. */
async function smallest(found: Schedule, options: ScheduleOptions): Promise<Schedule> {
  let best = found
  for (const fault of found.plan) {
    const fewer = best.plan.filter((other) => other !== fault)
    const again = await runSchedule(found.seed, fewer, options)
    if (again.findings.length > 0) best = again
  }
  return best
}
