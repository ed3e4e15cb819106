/**
 * The processes of a schedule, each with one worker. A process is starting, then running; it is stopping from its SIGTERM on, and
 * gone when its worker has stopped, could not start, or was killed. The place of one that ended otherwise than by its end of time is
 * taken by a new process, never before the old one is gone: both would have one transactional id.
 */
import { createWorker, type Worker, type WorkerOptions } from '@millrace/core'
import { checkLedger } from '../oracles/check-ledger.js'
import type { Meddle } from './seeded-defects.js'
import type { SimulatedCluster } from './simulated-cluster.js'
import type { Witness } from './witness.js'
import type { Actor, World } from './world.js'

export interface ProcessOptions {
  /** Called for each process. */
  readonly consumers: () => WorkerOptions['consumers']
  readonly worker: Omit<WorkerOptions, 'consumers' | 'driver' | 'clock' | 'random'>
  /** Stands between a worker and its driver. */
  readonly meddle?: Meddle | undefined
}

export interface WorkerProcess {
  readonly actor: Actor
  readonly worker: Worker
  /** Which place it has; its successors have the same one. */
  readonly slot: number
  state: 'starting' | 'running' | 'stopping' | 'gone'
}

interface Parts {
  readonly world: World
  readonly cluster: SimulatedCluster
  readonly witness: Witness
  readonly options: ProcessOptions
}

/** Until a process that ended by itself is started again, as a platform does. */
const restartMs = 500
/** Places of those that join beside the first workers. */
const firstGuest = 90

export class WorkerProcesses {
  readonly #parts: Parts
  readonly #scheduler: Actor
  readonly #all: WorkerProcess[] = []
  /** Places that will be taken again. */
  #comings = 0
  #guests = 0
  #isEnding = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#scheduler = parts.world.actor('platform')
  }

  /** Those that a fault can meet. */
  get alive(): readonly WorkerProcess[] {
    return this.#all.filter(({ state }) => state === 'starting' || state === 'running')
  }

  get running(): number {
    return this.#all.filter(({ state }) => state !== 'gone').length
  }

  /** Nobody is about to come. */
  get areComplete(): boolean {
    return this.#comings === 0 && this.alive.length > 0 && this.alive.every(({ state }) => state === 'running')
  }

  launch(slot: number): WorkerProcess {
    const { world, cluster, witness, options } = this.#parts
    const actor = world.actor(`worker-${slot}#${this.#all.length + 1}`)
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
      const process: WorkerProcess = { actor, worker, slot, state: 'starting' }
      this.#all.push(process)
      witness.watch(actor, worker)
      worker.on('worker.failed', ({ error }) => {
        world.note(`${actor.name}: failed ${error.message}`)
        this.stop(process, restartMs)
      })
      this.#start(process)
      return process
    })
  }

  #start(process: WorkerProcess): void {
    process.worker.start().then(
      () => {
        if (process.state === 'starting') process.state = 'running'
      },
      (error: unknown) => {
        this.#parts.world.note(`${process.actor.name}: did not start ${String(error)}`)
        if (process.state !== 'starting') return
        process.state = 'gone'
        this.#comings += 1
        this.#comeBack(process, restartMs)
      },
    )
  }

  /** One more joins, and leaves after so long. */
  join(ms: number): void {
    this.#guests += 1
    const guest = this.launch(firstGuest + this.#guests)
    this.#later(ms, `${guest.actor.name} leaves`, () => this.stop(guest))
  }

  /** As by SIGTERM, which a frozen process hears when it thaws. With `backAfterMs` its place is taken again. */
  stop(process: WorkerProcess, backAfterMs?: number): void {
    const { world, witness } = this.#parts
    if (process.state === 'stopping' || process.state === 'gone') return
    process.state = 'stopping'
    if (backAfterMs !== undefined) this.#comings += 1
    const gone = (): void => {
      process.state = 'gone'
      for (const { text } of checkLedger(process.worker.inspect())) witness.breach(`ledger: ${text}`)
      if (backAfterMs !== undefined) this.#comeBack(process, backAfterMs)
    }
    const { actor, worker } = process
    world.after(actor, 0, { lane: `signals of ${actor.name}`, label: 'SIGTERM' }, () => {
      worker.stop().then(gone, gone)
    })
  }

  /** As by SIGKILL: nothing of it runs any more. `lost` says what becomes of what it had sent. */
  kill(process: WorkerProcess, lost: 'requests' | 'answers', backAfterMs?: number): void {
    const { world, cluster } = this.#parts
    const wasComing = process.state === 'stopping'
    process.state = 'gone'
    process.actor.state = 'dead'
    world.cancel(({ actor }) => actor === process.actor)
    cluster.died(process.actor, lost)
    if (backAfterMs === undefined || wasComing) return
    this.#comings += 1
    this.#comeBack(process, backAfterMs)
  }

  /** As by SIGSTOP: time goes on without it. */
  freeze({ actor }: WorkerProcess, ms: number): void {
    actor.state = 'frozen'
    this.#parts.cluster.froze?.(actor)
    this.#later(ms, `${actor.name} thaws`, () => {
      if (actor.state === 'frozen') actor.state = 'alive'
    })
  }

  stopAll(): void {
    this.#isEnding = true
    for (const process of this.#all) this.stop(process)
  }

  killAll(): void {
    for (const process of this.#all) if (process.actor.state !== 'dead') this.kill(process, 'requests')
  }

  describe(): readonly string[] {
    const there = this.#all.filter(({ state }) => state !== 'gone')
    return there.map(({ actor, state }) => `${actor.name} is ${state} and ${actor.state}`)
  }

  #comeBack({ slot }: WorkerProcess, ms: number): void {
    this.#later(ms, `worker ${slot} comes`, () => {
      this.#comings -= 1
      if (!this.#isEnding) this.launch(slot)
    })
  }

  #later(ms: number, label: string, call: () => void): void {
    this.#parts.world.after(this.#scheduler, ms, { lane: label, label }, call)
  }
}
