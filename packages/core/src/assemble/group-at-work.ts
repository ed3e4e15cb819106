import type { InstanceBinding } from '../declare/handler-instances.js'
import type { GroupPlan, HandlerTarget } from '../declare/plan.js'
import type { GroupSnapshot } from '../observe/snapshot.js'
import type { ResolvedWorkerOptions } from '../options.js'
import { Lane } from '../process/lane.js'
import type { BackPressure } from '../receive/back-pressure.js'
import type { Driver, Lease } from '../receive/driver.js'
import { GroupMember } from '../receive/group-member.js'
import { LeasedPartition } from '../receive/leased-partition.js'
import type { Timings } from '../receive/timings.js'
import { Committer } from '../settle/committer.js'
import { Watermark } from '../settle/watermark.js'
import { type HandlerAtWork, type HandlerSurroundings, putHandlerToWork } from './handler-at-work.js'

export interface GroupSurroundings extends HandlerSurroundings {
  readonly driver: Driver
  readonly options: ResolvedWorkerOptions
  readonly timings: Pick<Timings, 'drainMs' | 'revokeDrainMs' | 'rebalanceTimeoutMs'>
  readonly backPressure: BackPressure
  readonly bindingOf: (target: HandlerTarget) => InstanceBinding | undefined
  readonly onGiveUp: (error: Error) => void
}

/** One group of the plan, wired: its member, its handlers and its committer. */
export class GroupAtWork {
  readonly member: GroupMember
  readonly handlers: readonly HandlerAtWork[]
  readonly #committer: Committer
  readonly #over = new AbortController()

  constructor(
    { group, handlers }: GroupPlan,
    private readonly around: GroupSurroundings,
  ) {
    const { driver, clock, events, random, options, timings, log } = around
    const { restarts, restartWindowMs, watchdogMs, commitIntervalMs: intervalMs, commitRecords: records } = options
    this.handlers = handlers.map((plan) => putHandlerToWork(plan, around.bindingOf(plan.target), around))
    this.member = new GroupMember({
      ...{ driver, clock, events, random, restarts, restartWindowMs, watchdogMs, drainMs: timings.drainMs },
      log: log.child({ group }),
      options: { ...options, ...timings, group, topics: handlers.map(({ topic }) => topic.name) },
      openPartition: (lease) => this.#openPartition(lease),
      flush: (until) => this.#committer.flush(until),
      onEnded: (partition) => this.#handlerOf(partition.source.topic).retire(partition),
      onGiveUp: around.onGiveUp,
    })
    this.#committer = new Committer({
      ...{ group, intervalMs, records, clock, events, signal: this.#over.signal },
      leases: () => this.member.partitions.values(),
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
      for (const handler of this.handlers) handler.close()
      this.#over.abort('shutdown')
    }
    return this.#abandoned() - before
  }

  snapshot(): GroupSnapshot {
    const { group, isJoined, generation, rebalances, deaths, stalls } = this.member
    const { done, failed } = this.#committer
    const partitions = [...this.member.partitions.values()].map((partition) => partition.snapshot())
    return { group, isJoined, generation, rebalances, deaths, stalls, commits: { done, failed }, partitions }
  }

  #openPartition(lease: Lease): LeasedPartition {
    const { clock, events, backPressure } = this.around
    const handler = this.#handlerOf(lease.topic)
    let lane: Lane | undefined
    const partition = new LeasedPartition(lease, this.member.group, {
      ...{ handler: handler.plan, clock, events, backPressure },
      createLane: (source) => (lane = new Lane(source)),
      createWatermark: () => new Watermark(),
      run: (self) => (lane === undefined ? Promise.resolve() : handler.runLane(self, lane)),
      flush: () => this.#committer.flush(AbortSignal.abort()),
      onSettled: (count) => this.#committer.settled(count),
      onIdle: () => this.#committer.idle(),
    })
    handler.admit(partition)
    return partition
  }

  #handlerOf(topic: string): HandlerAtWork {
    const handler = this.handlers.find(({ plan }) => plan.topic.name === topic)
    if (handler === undefined)
      throw new TypeError(`the driver assigned ${topic}, which group ${this.member.group} does not read`)
    return handler
  }

  #abandoned(): number {
    return this.handlers.reduce((sum, handler) => sum + handler.totals().abandoned, 0)
  }
}
