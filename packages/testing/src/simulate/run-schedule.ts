import { createWorker, type Worker, type WorkerOptions } from '@millrace/core'
import { checkLedger } from '../oracles/check-ledger.js'
import type { PlannedFault } from './fault-plan.js'
import { judge, type JudgeOptions } from './judge.js'
import { ownTime } from './own-time.js'
import { seeded } from './seeded.js'
import type { Meddle } from './seeded-defects.js'
import type { SimulatedCluster, SimulatedRecord } from './simulated-cluster.js'
import { createWitness, type Witness } from './witness.js'
import { type Actor, createWorld, type World } from './world.js'

export interface ScheduleOptions extends JudgeOptions {
  readonly consumers: () => WorkerOptions['consumers']
  readonly worker: Omit<WorkerOptions, 'consumers' | 'driver' | 'clock' | 'random'>
  readonly workers: number
  readonly records: readonly SimulatedRecord[]
  readonly startCluster: (world: World) => Promise<StartedCluster>
  /** Seeded defects of the tests: puts a wrong driver in front of the right one. */
  readonly meddle?: Meddle | undefined
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
/** Records come over this time, so that faults meet them. */
const sendingMs = 1_500
const restartMs = 500

interface Process {
  readonly actor: Actor
  readonly worker: Worker
  state: 'starting' | 'running' | 'stopping' | 'gone'
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
  const stage = createStage(world, cluster, witness, options)
  try {
    const isOver = await play(stage, plan, options)
    const findings = isOver ? judge(witness, cluster, options) : [`stuck: ${stage.whatIsOpen()}`]
    return { seed, plan, findings, trace: world.trace(), hash: world.hash(), steps: world.steps, tookMs: world.now }
  } finally {
    stage.killAll()
    giveBack()
    await cluster.close()
  }
}

type Stage = ReturnType<typeof createStage>

/** False where it did not come to its end. */
async function play(stage: Stage, plan: readonly PlannedFault[], options: ScheduleOptions): Promise<boolean> {
  for (let index = 0; index < options.workers; index += 1) stage.launch(index)
  stage.sendAll()
  await stage.world.settle()
  const waiting = [...plan]
  let lastFaultMs = 0
  const isInTime = (): boolean =>
    stage.world.steps < limits.steps && stage.world.now - lastFaultMs < limits.behindFaultsMs
  // A fault that would come after everything is settled is left out.
  while (!stage.isSettled()) {
    for (let next = waiting[0]; next !== undefined && next.step <= stage.world.steps; next = waiting[0]) {
      waiting.shift()
      stage.inject(next)
      lastFaultMs = stage.world.now
      await stage.world.settle()
    }
    if (!isInTime() || !(await stage.world.step())) return false
  }
  stage.stopAll()
  lastFaultMs = stage.world.now
  await stage.world.settle()
  while (stage.running() > 0) if (!isInTime() || !(await stage.world.step())) return false
  return true
}

function createStage(world: World, cluster: SimulatedCluster, witness: Witness, options: ScheduleOptions) {
  const scheduler = world.actor('schedule')
  const processes: Process[] = []
  const returning = new Set<Process>()
  let [incarnations, unsent, comings, isEnding] = [0, options.records.length, 0, false]

  const later = (ms: number, label: string, call: () => void): void => {
    world.after(scheduler, ms, { lane: `schedule ${label} ${world.steps}`, label }, call)
  }
  const comesBack = (slot: number, ms: number): void => {
    comings += 1
    later(ms, `worker ${slot} comes`, () => {
      comings -= 1
      if (!isEnding) launch(slot)
    })
  }

  function launch(slot: number): Process {
    incarnations += 1
    const actor = world.actor(`worker-${slot}#${incarnations}`)
    return world.inside(actor, () => {
      const plain = cluster.driverOf(actor)
      const worker = createWorker({
        transactionalInstance: `${slot}`,
        ...options.worker,
        consumers: options.consumers(),
        driver: options.meddle?.(plain, actor.name) ?? plain,
        middleware: [witness.middlewareOf(actor), ...(options.worker.middleware ?? [])],
        random: () => actor.random.next(),
      })
      const process: Process = { actor, worker, state: 'starting' }
      processes.push(process)
      witness.watch(actor, worker)
      worker.on('worker.failed', ({ error }) => {
        world.note(`${actor.name}: failed ${error.message}`)
        end(process, { slot, afterMs: restartMs })
      })
      worker.start().then(
        () => {
          if (process.state === 'starting') process.state = 'running'
        },
        (error: unknown) => {
          world.note(`${actor.name}: did not start ${String(error)}`)
          if (process.state !== 'starting') return
          process.state = 'gone'
          comesBack(slot, restartMs)
        },
      )
      return process
    })
  }

  /** Stops it as SIGTERM does. Who takes its place, and its transactional id, waits until it is gone. */
  function end(process: Process, back?: { readonly slot: number; readonly afterMs: number }): void {
    if (process.state === 'stopping' || process.state === 'gone') return
    process.state = 'stopping'
    if (back !== undefined) returning.add(process)
    world.inside(process.actor, () => {
      const leave = (): void => {
        process.state = 'gone'
        for (const { text } of checkLedger(process.worker.inspect())) witness.breach(`ledger: ${text}`)
        returning.delete(process)
        if (back !== undefined) comesBack(back.slot, back.afterMs)
      }
      process.worker.stop().then(leave, leave)
    })
  }

  function kill(process: Process, lost: 'requests' | 'answers'): void {
    process.state = 'gone'
    process.actor.state = 'dead'
    world.cancel(({ actor }) => actor === process.actor)
    cluster.died(process.actor, lost)
  }

  function freeze({ actor }: Process, ms: number): void {
    actor.state = 'frozen'
    cluster.froze?.(actor)
    later(ms, `${actor.name} thaws`, () => {
      if (actor.state === 'frozen') actor.state = 'alive'
    })
  }

  const slotOf = ({ actor }: Process): number => Number(/\d+/.exec(actor.name)?.[0])
  const alive = (): readonly Process[] => processes.filter(({ state }) => state === 'starting' || state === 'running')

  function strike(process: Process, { kind, ms, lost }: PlannedFault): void {
    if (kind === 'crash') {
      const slot = slotOf(process)
      kill(process, lost)
      comesBack(slot, ms)
    } else if (kind === 'stop') {
      end(process, { slot: slotOf(process), afterMs: ms })
    } else if (kind === 'freeze') freeze(process, ms)
    else if (kind === 'cut') cluster.cut(process.actor, lost)
  }

  const disruptive: readonly string[] = ['crash', 'freeze', 'cut', 'restart']

  return {
    world,
    launch,
    sendAll() {
      const random = world.random.fork('records')
      for (const record of options.records) {
        const send = (): void => {
          const at = cluster.send(record)
          if (at === undefined) return void later(100, `send ${record.topic}`, send)
          unsent -= 1
          witness.sentOne({ ...at, record })
        }
        world.after(
          scheduler,
          random.below(sendingMs),
          { lane: `send ${unsent} ${random.next()}`, label: `send ${record.topic}` },
          send,
        )
      }
    },
    inject(fault: PlannedFault) {
      const { kind, worker, ms } = fault
      world.note(`fault: ${JSON.stringify(fault)}`)
      if (disruptive.includes(kind)) witness.disrupted()
      if (kind === 'rebalance') cluster.rebalance()
      else if (kind === 'restart') cluster.restart(ms)
      else if (kind === 'hold-markers') cluster.holdMarkers(ms)
      else if (kind === 'join') {
        const guest = launch(90 + incarnations)
        later(ms, `${guest.actor.name} leaves`, () => end(guest))
      } else {
        const all = alive()
        const meant = all[worker % Math.max(1, all.length)]
        if (meant !== undefined) strike(meant, fault)
      }
    },
    isSettled(): boolean {
      if (unsent > 0 || comings > 0 || returning.size > 0 || processes.some(({ state }) => state === 'starting'))
        return false
      if (alive().length === 0) return false
      return openPartitions().length === 0
    },
    stopAll() {
      isEnding = true
      for (const process of processes) end(process)
    },
    running: () => processes.filter(({ state }) => state !== 'gone').length,
    killAll() {
      for (const process of processes) if (process.actor.state !== 'dead') kill(process, 'requests')
    },
    whatIsOpen(): string {
      const states = processes
        .filter(({ state }) => state !== 'gone')
        .map(({ actor, state }) => `${actor.name} ${state} ${actor.state}`)
      return [`${unsent} records unsent`, ...openPartitions(), ...states].join('; ')
    },
  }

  function openPartitions(): readonly string[] {
    const pairs = [...witness.reads].map((pair) => pair.split(' ') as [string, string])
    const seen = new Set<string>()
    return witness.sent.flatMap(({ topic, partition }) => {
      if (seen.has(`${topic} ${partition}`)) return []
      seen.add(`${topic} ${partition}`)
      const groups = pairs.filter(([, name]) => name === topic).map(([group]) => group)
      const endOffset = cluster.endOffset(topic, partition)
      if (groups.length === 0) return [`nobody reads ${topic}`]
      return groups
        .filter((group) => (cluster.committed(group, topic, partition) ?? 0n) < endOffset)
        .map(
          (group) =>
            `${group} stands at ${cluster.committed(group, topic, partition)} of ${endOffset} in ${topic}[${partition}]`,
        )
    })
  }
}
