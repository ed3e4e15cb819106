import type { PlannedFault } from './fault-plan.js'
import { disruptiveKinds } from './fault-plan.js'
import { feedRecords } from './feed-records.js'
import { judge, type JudgeOptions } from './judge.js'
import { openPartitions } from './open-partitions.js'
import { ownTime } from './own-time.js'
import { seeded } from './seeded.js'
import type { SimulatedCluster, SimulatedRecord } from './simulated-cluster.js'
import { createWitness, type Witness } from './witness.js'
import { type ProcessOptions, WorkerProcesses } from './worker-processes.js'
import { createWorld, type World } from './world.js'

export interface ScheduleOptions extends JudgeOptions, ProcessOptions {
  readonly workers: number
  readonly records: readonly SimulatedRecord[]
  readonly startCluster: (world: World) => StartedCluster | Promise<StartedCluster>
}

export interface StartedCluster {
  readonly cluster: SimulatedCluster
  readonly connect: Parameters<typeof ownTime>[0]
}

/** One schedule, from its seed to its verdict. */
export interface Schedule {
  readonly seed: number
  readonly plan: readonly PlannedFault[]
  /** What is wrong; empty where all held. */
  readonly findings: readonly string[]
  readonly trace: readonly string[]
  /** SHA-256 of the trace. */
  readonly hash: string
  readonly steps: number
  /** How long it took on its own clock, ms. */
  readonly tookMs: number
}

/** Beyond these a schedule is stuck. A fault lasts 12 s, a session 3 s, a transaction 15 s. */
const limits = { steps: 60_000, behindFaultsMs: 180_000 }

interface Stage {
  readonly world: World
  readonly cluster: SimulatedCluster
  readonly witness: Witness
  readonly processes: WorkerProcesses
  /** Records that are still to come. */
  readonly unsent: () => number
}

/** Runs one schedule. The same seed and plan give the same trace, byte for byte. */
export async function runSchedule(
  seed: number,
  plan: readonly PlannedFault[],
  options: ScheduleOptions,
): Promise<Schedule> {
  const world = createWorld(seeded(seed))
  const { cluster, connect } = await options.startCluster(world)
  const giveBack = ownTime(connect)
  const witness = createWitness(world, cluster)
  const processes = new WorkerProcesses({ world, cluster, witness, options })
  const unsent = feedRecords(world, cluster, witness, options.records)
  const stage: Stage = { world, cluster, witness, processes, unsent }
  try {
    const isOver = await play(stage, plan, options.workers)
    const findings = isOver ? judge(witness, cluster, options) : [`stuck: ${whatIsOpen(stage)}`]
    return { seed, plan, findings, trace: world.trace(), hash: world.hash(), steps: world.steps, tookMs: world.now }
  } finally {
    processes.killAll()
    giveBack()
    await cluster.close()
  }
}

/** False where it did not come to its end. A fault that would come after everything is settled is left out. */
async function play(stage: Stage, plan: readonly PlannedFault[], workers: number): Promise<boolean> {
  const { world, processes } = stage
  const waiting = [...plan]
  let lastFaultMs = 0
  const goesOn = async (): Promise<boolean> =>
    world.steps < limits.steps && world.now - lastFaultMs < limits.behindFaultsMs && world.step()

  for (let slot = 0; slot < workers; slot += 1) processes.launch(slot)
  await world.settle()
  while (!isSettled(stage)) {
    for (let next = waiting[0]; next !== undefined && next.step <= world.steps; next = waiting[0]) {
      waiting.shift()
      inject(stage, next)
      lastFaultMs = world.now
      await world.settle()
    }
    if (!(await goesOn())) return false
  }
  processes.stopAll()
  lastFaultMs = world.now
  while (processes.running > 0) if (!(await goesOn())) return false
  return true
}

const isSettled = ({ unsent, processes, witness, cluster }: Stage): boolean =>
  unsent() === 0 && processes.areComplete && openPartitions(witness, cluster).length === 0

const whatIsOpen = ({ unsent, processes, witness, cluster }: Stage): string =>
  [`${unsent()} records unsent`, ...openPartitions(witness, cluster), ...processes.describe()].join('; ')

function inject({ world, cluster, witness, processes }: Stage, fault: PlannedFault): void {
  const { kind, worker, ms, lost } = fault
  const all = processes.alive
  const meant = all[worker % Math.max(1, all.length)]
  world.note(`fault: ${JSON.stringify(fault)}`)
  if (disruptiveKinds.includes(kind)) witness.disrupted()
  if (kind === 'rebalance') cluster.rebalance()
  else if (kind === 'restart') cluster.restart(ms)
  else if (kind === 'hold-markers') cluster.holdMarkers(ms)
  else if (kind === 'answers') cluster.spoilAnswers(ms)
  else if (kind === 'join') processes.join(ms)
  else if (meant === undefined) world.note('nobody is there for it')
  else if (kind === 'crash') processes.kill(meant, lost, ms)
  else if (kind === 'stop') processes.stop(meant, ms)
  else if (kind === 'freeze') processes.freeze(meant, ms)
  else cluster.cut(meant.actor, lost)
}
