import { fail, type Lease, type LeaseCommit, type LogPlace, type Member, systemClock, type Timer } from '@millrace/core'
import { TimedOut } from '../client/bounded.js'
import { connectClient } from '../client/connect-client.js'
import { KafkaFault, kafkaErrorName } from '../client/kafka-fault.js'
import { plainError } from '../client/plain-error.js'
import { readNumber } from '../client/read-answer.js'
import { type Coordinator, createCoordinator } from './coordinator.js'
import { createFetchLines } from './fetch-lines.js'
import { Generation, type LeftBehind } from './generation.js'
import { createGroupConsumer, type GroupConsumer, type JoinedGroup } from './group-consumer.js'
import type { GroupMemberParts } from './group-member-parts.js'
import { commitOffsets, groupByTopic, type TopicPartition } from './group-offsets.js'
import { forbidden, GROUP_AUTHORIZATION_FAILED, isForbidden } from './group-permission.js'
import { createHeartbeat, type Heartbeat } from './heartbeat.js'
import { createLeaders, type Leaders } from './leaders.js'
import type { LeaseHolder } from './lease-holder.js'
import { leaveGroup } from './leave-group.js'
import { readLogPlaces } from './log-ends.js'
import type { OwnershipClaim } from './ownership-claim.js'
import type { RejoinCause } from './parked-loop.js'
import { FENCED_INSTANCE_ID, isFenced } from './static-member.js'
import { isOver, type MemberState, type MemberStep, nextMemberState } from './states.js'
import { createTopicIds, type TopicIds } from './topic-ids.js'
import { createTopicWatch, type TopicWatch } from './topic-watch.js'

const REBALANCE_IN_PROGRESS = 27
/** Codes with which the group says that this member is not, or no longer, in it. */
const LOST_CODES: Readonly<Record<number, RejoinCause>> = {
  22: 'ILLEGAL_GENERATION',
  25: 'UNKNOWN_MEMBER_ID',
}
const COMMIT_LIMIT_MS = 10_000
const FIND_LIMIT_MS = 30_000
/** A join may take the rebalance timeout of the group; this much beyond it, kafkajs is not going to come back. */
const JOIN_GRACE_MS = 30_000

/**
 * One member of one group, from the first join to the last commit; its states and their order are in `states.ts`. kafkajs
 * joins and syncs; offsets, heartbeats, fetching, commits and leaving are ours.
 */
export class GroupMember implements Member {
  readonly endOffsets: Member['endOffsets'] = (leases, signal) => this.findOffsets(leases, 'latest', signal)
  readonly #parts: GroupMemberParts
  readonly #consumer: GroupConsumer
  readonly #coordinator: Coordinator
  readonly #leaders: Leaders
  readonly #lines = createFetchLines()
  readonly #topicIds: TopicIds
  readonly #topicWatch: TopicWatch
  readonly #heartbeat: Heartbeat
  /** Aborts every wait once the member is over. */
  readonly #over = new AbortController()
  #leftBehind: ReadonlyMap<string, LeftBehind> = new Map()
  #state: MemberState = 'joining'
  #memberId: string | undefined
  #generation: Generation | undefined
  #joinWatch: Timer | undefined
  #leaving: Promise<void> | undefined
  #dying: Promise<void> | undefined

  constructor(parts: GroupMemberParts) {
    const { client, options, events } = parts
    this.#parts = parts
    this.#coordinator = createCoordinator(client, options.group)
    this.#leaders = createLeaders(client)
    this.#topicIds = createTopicIds(client)
    this.#topicWatch = createTopicWatch(this.#leaders, options.topics, parts.metadataMaxAgeMs)
    this.#heartbeat = createHeartbeat({
      intervalMs: options.heartbeatIntervalMs,
      clock: systemClock,
      beat: () => this.#beat(),
      onBlocked: (blockedMs) => events.onEvent({ name: 'event-loop.blocked', blockedMs }),
    })
    this.#consumer = createGroupConsumer({
      client,
      topics: options.topics,
      instanceId: options.instanceId,
      beforeJoin: () => this.#drainBeforeJoin(),
      findCoordinator: () => this.#coordinator.find(FIND_LIMIT_MS, this.#over.signal),
      onMemberId: (memberId) => (this.#memberId = memberId),
      onJoined: (joined) => this.#begin(joined),
      onFailed: (error) => this.#die(error),
    })
    void this.#start()
  }

  async #start(): Promise<void> {
    const { client, brokers, options, connectLimitMs } = this.#parts
    try {
      await connectClient(client, options.topics, { brokers, limitMs: connectLimitMs, signal: this.#over.signal })
      if (!isOver(this.#state)) await this.#consumer.start()
    } catch (error) {
      this.#die(error)
    }
  }

  /** The barrier: kafkajs joins only after the leases of the last generation have been worked off. */
  async #drainBeforeJoin(): Promise<void> {
    this.#assertGoing()
    const generation = this.#generation
    if (generation !== undefined) {
      this.#step('rebalance')
      await generation.end({ lost: false })
      this.#assertGoing()
      this.#heartbeat.stop()
      this.#leftBehind = generation.leftBehind
      this.#generation = undefined
      this.#step('drained')
    }
    const limitMs = this.#parts.options.rebalanceTimeoutMs + JOIN_GRACE_MS
    this.#joinWatch?.cancel()
    this.#joinWatch = systemClock.after(limitMs, () => this.#die(new TimedOut('joining the group', limitMs)))
  }

  #begin({ memberId, generation: number, isLeader, partitions }: JoinedGroup): void {
    this.#joinWatch?.cancel()
    if (!this.#step('joined')) return
    this.#memberId = memberId
    this.#parts.ownership.claim = claimOf(number, partitions)
    const generation = new Generation({
      ...this.#parts,
      coordinator: this.#coordinator,
      leaders: this.#leaders,
      topicIds: this.#topicIds,
      lines: this.#lines,
      membership: { group: this.#parts.options.group, memberId, generation: number },
      partitions,
      leftBehind: this.#leftBehind,
      isNew: (wanted) => this.#topicWatch.isNew(wanted),
      onLogRestarted: () => this.#revoke(generation, { lost: false, cause: 'REBALANCE_IN_PROGRESS' }),
      onLeases: (leases) => this.#hold(generation, leases),
      onBroken: (error) => this.#die(error),
    })
    this.#generation = generation
    // A leader that comes back as a static member is told that another one leads: somebody has to look.
    this.#topicWatch.joined(isLeader || this.#parts.options.instanceId !== undefined)
    this.#heartbeat.start()
    generation.begin().then(
      () => this.#generation === generation && this.#step('assigned'),
      (error: unknown) => this.#die(error),
    )
  }

  async #beat(): Promise<void> {
    const generation = this.#generation
    if (generation === undefined) return
    const { group, memberId, generation: groupGenerationId } = generation.membership
    const limitMs = Math.max(this.#parts.options.sessionTimeoutMs / 3, 500)
    try {
      const { instanceId: groupInstanceId = null } = this.#parts.options
      const parameters = { groupId: group, groupGenerationId, memberId, groupInstanceId }
      const limits = { limitMs, signal: this.#over.signal }
      const answer = await this.#coordinator.ask('Heartbeat', parameters, codeOf, limits)
      this.#heed(generation, codeOf(answer))
      this.#topicWatch.look(
        () => this.#revoke(generation, { lost: false, cause: 'REBALANCE_IN_PROGRESS' }),
        this.#over.signal,
      )
    } catch (error) {
      if (isOver(this.#state)) return
      if (isForbidden(error)) this.#die(error)
      // The next beat looks for the coordinator again; whether the session has ended is the group's to say.
      else this.#parts.log.debug({ group, err: plainError(error) }, 'a heartbeat failed')
    }
  }

  /** What the group says about this member, in the answer to a heartbeat or a commit. */
  #heed(generation: Generation, code: number): void {
    const cause = LOST_CODES[code]
    if (cause !== undefined) this.#revoke(generation, { lost: true, cause })
    else if (code === REBALANCE_IN_PROGRESS) this.#revoke(generation, { lost: false, cause: 'REBALANCE_IN_PROGRESS' })
    else if (code === GROUP_AUTHORIZATION_FAILED || code === FENCED_INSTANCE_ID) {
      this.#die(new KafkaFault(code, 'heartbeat', false))
    }
  }

  #hold(generation: Generation, leases: readonly Lease[]): void {
    const { membership } = generation
    const refused = (code: number): void => {
      if (generation !== this.#generation) return
      if (LOST_CODES[code] !== undefined || code === FENCED_INSTANCE_ID) this.#heed(generation, code)
      else this.#revoke(generation, { lost: true, cause: 'REBALANCE_IN_PROGRESS' })
    }
    const holder: LeaseHolder = {
      membership,
      instanceId: this.#parts.options.instanceId,
      assertHolds: (commits) => generation.assertHolds(commits),
      refused,
    }
    for (const lease of leases) this.#parts.holders.set(lease, holder)
  }

  #revoke(generation: Generation, { lost, cause }: { readonly lost: boolean; readonly cause: RejoinCause }): void {
    if (generation !== this.#generation) return
    if (lost) generation.fence()
    if (!this.#step('rebalance')) return
    void generation.end({ lost })
    this.#consumer.rejoin(cause)
  }

  async commit(commits: readonly LeaseCommit[], signal: AbortSignal): Promise<void> {
    const [first] = commits
    if (first === undefined) return
    const { group } = this.#parts.options
    const generation = this.#generation
    if (generation === undefined) throw fail('MILLRACE_DRIVER_LEASE_ENDED', first.lease)
    generation.assertHolds(commits)
    const offsets = commits.map(({ lease: { topic, partition }, ...rest }) => ({ topic, partition, ...rest }))
    let code: number
    try {
      const either = AbortSignal.any([signal, this.#over.signal])
      const limits = { limitMs: COMMIT_LIMIT_MS, signal: either }
      const refused = await commitOffsets(this.#coordinator, generation.membership, offsets, limits)
      code = refused[0]?.code ?? 0
    } catch (error) {
      const cause = plainError(error)
      throw fail('MILLRACE_DRIVER_COMMIT_FAILED', { group, reason: cause.message }, { cause })
    }
    if (code === 0) return
    this.#heed(generation, code)
    const facts = { group, reason: kafkaErrorName(code) }
    throw fail(
      LOST_CODES[code] === undefined ? 'MILLRACE_DRIVER_COMMIT_FAILED' : 'MILLRACE_DRIVER_COMMIT_REFUSED',
      facts,
    )
  }

  findOffsets(leases: readonly Lease[], at: LogPlace, signal: AbortSignal): Promise<ReadonlyMap<Lease, bigint>> {
    const either = AbortSignal.any([signal, this.#over.signal])
    return readLogPlaces(this.#parts.client, this.#leaders, leases, at, either)
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave()
    return this.#leaving
  }

  async #leave(): Promise<void> {
    const stateBefore = this.#state
    if (!this.#step('leave')) return this.#dying
    await this.#generation?.end({ lost: false })
    await this.#close(stateBefore === 'joining')
    this.#step('closed')
  }

  #die(error: unknown): void {
    if (!this.#step('die')) return
    this.#dying = this.#endDead(error)
  }

  async #endDead(error: unknown): Promise<void> {
    const { options, events } = this.#parts
    await this.#generation?.end({ lost: true })
    await this.#close(false)
    if (this.#leaving !== undefined) return
    const { group, instanceId } = options
    if (instanceId !== undefined && isFenced(error)) {
      return events.onFatal(
        fail('MILLRACE_DRIVER_INSTANCE_FENCED', { group, instanceId }, { cause: plainError(error) }),
      )
    }
    const cause = isForbidden(error) ? forbidden(group, error) : plainError(error)
    events.onFatal(fail('MILLRACE_DRIVER_MEMBER_DIED', { group, reason: cause.message }, { cause }))
  }

  async #close(isJoining: boolean): Promise<void> {
    const { client, options, log } = this.#parts
    this.#heartbeat.stop()
    this.#joinWatch?.cancel()
    const { group, instanceId } = options
    // A static member keeps its partitions until it is back or its session has ended: the group is told nothing.
    if (instanceId === undefined) {
      await leaveGroup({ coordinator: this.#coordinator, group, memberId: this.#memberId, isJoining, log })
    }
    this.#over.abort(new Error('the member is over'))
    this.#consumer.release()
    await client.close()
    this.#generation = undefined
  }

  #step(step: MemberStep): boolean {
    const next = nextMemberState(this.#state, step)
    if (next === undefined) return false
    this.#state = next
    return true
  }

  #assertGoing(): void {
    // Not retriable: kafkajs's consumer ends instead of joining again.
    if (isOver(this.#state)) throw Object.assign(new Error('the member is over'), { retriable: false })
  }
}

const claimOf = (generation: number, owned: readonly TopicPartition[]): OwnershipClaim => {
  const grouped = groupByTopic(owned, ({ partition }) => partition)
  return { generation, partitions: new Map(grouped.map(({ topic, partitions }) => [topic, partitions])) }
}

const codeOf = (answer: unknown): number => readNumber(answer, 'errorCode')
