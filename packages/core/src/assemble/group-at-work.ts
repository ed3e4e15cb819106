import type { InstanceBinding } from '../declare/handler-instances.js'
import type { GroupPlan, HandlerTarget } from '../declare/plan.js'
import { type HandlerAtWork, type HandlerSurroundings, putHandlerToWork } from './handler-at-work.js'
import type { GroupSnapshot } from '../observe/snapshot.js'
import type { ResolvedWorkerOptions } from '../options.js'
import { Lane } from '../process/lane.js'
import type { BackPressure } from '../receive/back-pressure.js'
import type { Driver } from '../receive/driver.js'
import { GroupMember } from '../receive/group-member.js'
import { LeasedPartition } from '../receive/leased-partition.js'
import { Committer } from '../settle/committer.js'
import { Watermark } from '../settle/watermark.js'

export interface GroupSurroundings extends HandlerSurroundings {
  readonly driver: Driver
  readonly options: ResolvedWorkerOptions
  readonly timings: { readonly revokeDrainMs: number; readonly rebalanceTimeoutMs: number }
  readonly backPressure: BackPressure
  readonly bindingOf: (target: HandlerTarget) => InstanceBinding | undefined
  readonly onGiveUp: (error: Error) => void
}

/** One group of the plan, wired: its member, its handlers and its committer. */
export interface GroupAtWork {
  readonly member: GroupMember
  readonly handlers: readonly HandlerAtWork[]
  join(): void
  /** Drains, commits and leaves; resolves with how many records were abandoned. */
  leave(deadline: AbortSignal): Promise<number>
  snapshot(): GroupSnapshot
}

export function putGroupToWork({ group, handlers: plans }: GroupPlan, around: GroupSurroundings): GroupAtWork {
  const { clock, events, options, timings, backPressure } = around
  const handlers = new Map(
    plans.map((plan) => [plan.topic.name, putHandlerToWork(plan, around.bindingOf(plan.target), around)]),
  )
  const over = new AbortController()

  const member: GroupMember = new GroupMember({
    driver: around.driver,
    options: { ...options, ...timings, group, topics: [...handlers.keys()] },
    restarts: options.restarts,
    restartWindowMs: options.restartWindowMs,
    clock,
    events,
    random: around.random,
    openPartition,
    flush: () => committer.flush(),
    onEnded(partition) {
      const handler = handlers.get(partition.source.topic)
      handler?.retire(partition)
      handler?.live.delete(partition)
    },
    onGiveUp: around.onGiveUp,
  })
  const committer: Committer = new Committer({
    group,
    intervalMs: options.commitIntervalMs,
    records: options.commitRecords,
    clock,
    events,
    leases: () => member.partitions.values(),
    signal: over.signal,
    commit: (commits, signal) => member.commit(commits, signal),
  })

  function openPartition(lease: LeasedPartition['lease']): LeasedPartition {
    const handler = handlers.get(lease.topic)
    if (handler === undefined)
      throw new TypeError(`the driver assigned ${lease.topic}, which group ${group} does not read`)
    let lane: Lane | undefined
    const partition = new LeasedPartition(lease, group, {
      handler: handler.plan,
      clock,
      events,
      backPressure,
      createLane: (source) => (lane = new Lane(source)),
      createWatermark: () => new Watermark(),
      run: (self) => (lane === undefined ? Promise.resolve() : handler.runLane(self, lane)),
      flush: () => committer.flush(),
      onSettled: (count) => committer.settled(count),
      onIdle: () => committer.idle(),
    })
    handler.live.add(partition)
    handler.assignmentChanged()
    return partition
  }

  const abandonedSoFar = (): number =>
    [...handlers.values()].reduce((sum, handler) => sum + handler.totals().abandoned, 0)
  return {
    member,
    handlers: [...handlers.values()],
    join: () => member.join(),
    async leave(deadline) {
      const before = abandonedSoFar()
      await member.leave(deadline)
      committer.close()
      over.abort('shutdown')
      return abandonedSoFar() - before
    },
    snapshot: () => ({
      group,
      isJoined: member.isJoined,
      generation: member.generation,
      rebalances: member.rebalances,
      deaths: member.deaths,
      commits: { done: committer.done, failed: committer.failed },
      partitions: [...member.partitions.values()].map((partition) => partition.snapshot()),
    }),
  }
}
