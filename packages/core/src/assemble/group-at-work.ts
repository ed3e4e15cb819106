import type { InstanceBinding } from '../declare/handler-instances.js'
import type { GroupPlan, HandlerTarget } from '../declare/plan.js'
import type { GroupSnapshot } from '../observe/snapshot.js'
import type { ResolvedWorkerOptions } from '../options.js'
import { Lane } from '../process/lane.js'
import type { TransactionalSender } from '../produce/transactional-sender.js'
import type { BackPressure } from '../receive/back-pressure.js'
import type { Driver, Lease } from '../receive/driver.js'
import { GroupMember } from '../receive/group-member.js'
import { LeasedPartition } from '../receive/leased-partition.js'
import type { PartitionParts } from '../receive/partition-parts.js'
import type { Timings } from '../receive/timings.js'
import { Committer } from '../settle/committer.js'
import { Watermark } from '../settle/watermark.js'
import { createGroupPipelines, type GroupPipelines } from './group-pipelines.js'
import { createLeaseBrake } from './lease-brake.js'
import { type HandlerAtWork, type HandlerSurroundings, putHandlerToWork } from './handler-at-work.js'

export interface GroupSurroundings extends HandlerSurroundings {
  readonly driver: Driver
  readonly options: ResolvedWorkerOptions
  readonly timings: Pick<Timings, 'drainMs' | 'revokeDrainMs' | 'rebalanceTimeoutMs'>
  readonly backPressure: BackPressure
  /** The transactional producer of a group, opened where it has an exactly-once transform. */
  readonly transactionsOf: (group: string) => TransactionalSender | undefined
  readonly bindingOf: (target: HandlerTarget) => InstanceBinding | undefined
  readonly onGiveUp: (error: Error) => void
}

/** One group of the plan, wired: its member, its handlers, their committer and, for transforms, their transactions. */
export class GroupAtWork {
  readonly member: GroupMember
  readonly handlers: readonly HandlerAtWork[]
  readonly #committer: Committer
  readonly #pipelines: GroupPipelines
  readonly #over = new AbortController()

  constructor(
    { group, handlers }: GroupPlan,
    private readonly around: GroupSurroundings,
  ) {
    const { driver, clock, events, random, options, timings, log } = around
    const { restarts, restartWindowMs, watchdogMs, commitIntervalMs: intervalMs, commitRecords: records } = options
    this.handlers = handlers.map((plan) => putHandlerToWork(plan, around.bindingOf, around))
    this.member = new GroupMember({
      ...{ driver, clock, events, random, restarts, restartWindowMs, watchdogMs, drainMs: timings.drainMs },
      log: log.child({ group }),
      options: { ...options, ...timings, group, topics: handlers.map(({ topic }) => topic.name) },
      openPartition: (lease, startOffset) => this.#openPartition(lease, startOffset),
      flush: (until, end) => this.#flush(until, end),
      onEnded: (partition) => this.#retire(partition),
      onGiveUp: around.onGiveUp,
    })
    this.#committer = new Committer({
      ...{ group, intervalMs, records, clock, events, signal: this.#over.signal },
      leases: () => [...this.member.partitions.values()].filter(({ parts }) => parts.createPipeline === undefined),
      commit: (commits, signal) => this.member.commit(commits, signal),
    })
    this.#pipelines = createGroupPipelines({
      ...{ group, clock, events, handlers: this.handlers, sender: around.sender, outputBounds: around.outputBounds },
      pace: { intervalMs: options.transactionIntervalMs, records: options.transactionRecords },
      transactions: around.transactionsOf(group),
      commit: (commits, signal) => this.member.commit(commits, signal),
    })
  }

  /** Drains, commits and leaves; resolves with how many records were handed back. */
  async leave(deadline: AbortSignal): Promise<number> {
    const before = this.#abandoned()
    try {
      await this.member.leave(deadline)
    } finally {
      this.#committer.close()
      this.#pipelines.close()
      for (const handler of this.handlers) handler.close()
      this.#over.abort('shutdown')
    }
    return this.#abandoned() - before
  }

  snapshot(): GroupSnapshot {
    const { group, isJoined, generation, rebalances, deaths, stalls } = this.member
    const { commits: own, transactions, decided } = this.#pipelines
    const commits = { done: this.#committer.done + own.done, failed: this.#committer.failed + own.failed }
    const partitions = [...this.member.partitions.values()].map((partition) => partition.snapshot())
    const { instanceId } = this.around.options
    return {
      ...{ group, instanceId, isJoined, generation, rebalances, deaths, stalls },
      ...{ commits, transactions, decided, partitions },
    }
  }

  async #flush(until: AbortSignal, end: AbortSignal): Promise<void> {
    await Promise.all([this.#committer.flush(until), this.#pipelines.flush(until, end)])
  }

  #openPartition(lease: Lease, startOffset: bigint): LeasedPartition {
    const { clock, events, backPressure } = this.around
    const handler = this.#handlerOf(lease.topic)
    const pipeline = this.#pipelines.wire(handler, lease)
    const settles = pipeline?.loop ?? {
      decided: (count: number) => this.#committer.settled(count),
      idle: () => this.#committer.idle(),
    }
    let lane: Lane | undefined
    const parts: PartitionParts = {
      ...{ handler: handler.plan, clock, events, backPressure },
      createLane: (source) => (lane = new Lane(source)),
      createWatermark: () => new Watermark(),
      run: (self) => (lane === undefined ? Promise.resolve() : handler.runLane(self, lane)),
      flush: () => this.#committer.flush(AbortSignal.abort()),
      createPipeline: pipeline?.createPipeline,
      onSettled: (count) => settles.decided(count),
      onIdle: () => settles.idle(),
      createBrake: (host) => createLeaseBrake(host, { clock, events }),
    }
    const partition = new LeasedPartition(lease, this.member.group, parts, startOffset)
    handler.admit(partition)
    return partition
  }

  #retire(partition: LeasedPartition): void {
    this.#handlerOf(partition.source.topic).retire(partition)
    this.#pipelines.retire(partition.lease)
  }

  #handlerOf(topic: string): HandlerAtWork {
    const handler = this.handlers.find(({ plan }) => plan.topic.name === topic)
    if (handler === undefined)
      throw new TypeError(`the driver assigned ${topic}, which group ${this.member.group} does not read`)
    return handler
  }

  #abandoned(): number {
    return this.handlers.reduce((sum, handler) => sum + abandonedBy(handler), 0)
  }
}

const abandonedBy = (handler: HandlerAtWork): number =>
  handler.totals().reduce((sum, { abandoned }) => sum + abandoned, 0)
