import { type Clock, fail, type Lease, type LeaseCommit, type MemberEvents, type MemberOptions } from '@millrace/core'
import type { Gate } from './gate.js'
import { createPendingOffsets } from './pending-offsets.js'
import type { DrainLimit } from './scripted-faults.js'
import { type PlannedCommitFailure, ScriptedMember } from './scripted-member.js'
import type { ScriptedTopics } from './scripted-topics.js'

// A group changes one step at a time: joins, leaves, losses and rebalances queue up behind each other. A rebalance is
// the eager kind: every member gives up all of its leases through an awaited `onRevoked`, the generation rises by one,
// and the partitions are dealt out anew, in turn, among the members that subscribed to them. What a static member held
// when it left waits for its instance id, in the same generation and without end: no session runs out here.

/** One commit that was stored, in the order in which they came. */
export interface StoredCommit {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly metadata?: string | undefined
  readonly generation: number
  /** On the driver's clock. */
  readonly atMs: number
}

export interface GroupParts {
  readonly name: string
  readonly clock: Clock
  readonly topics: ScriptedTopics
  readonly commitGate: Gate<readonly LeaseCommit[], PlannedCommitFailure>
  readonly endsGate: Gate<readonly Lease[], never>
  readonly leaveGate: Gate<string, never>
  readonly drains: DrainLimit
  readonly commits: StoredCommit[]
  readonly wake: () => void
  readonly isStalled: (topic: string, partition: number) => boolean
  readonly violated: (text: string) => void
}

interface At {
  readonly topic: string
  readonly partition: number
}

/** Deals the partitions of each topic out in turn among the members that want the topic, but for those that are kept. */
function deal(
  members: readonly ScriptedMember[],
  topics: ScriptedTopics,
  kept: readonly At[],
): ReadonlyMap<ScriptedMember, readonly At[]> {
  const dealt = new Map(members.map((member) => [member, [] as At[]]))
  const wanted = new Set(members.flatMap(({ options }) => options.topics))
  for (const topic of [...wanted].toSorted()) {
    const takers = members.filter(({ options }) => options.topics.includes(topic))
    const count = topics.get(topic)?.partitions.length ?? 0
    for (let partition = 0; partition < count; partition += 1) {
      const taker = takers[partition % takers.length]
      const isKept = kept.some((one) => isSame(one, { topic, partition }))
      if (taker !== undefined && !isKept) dealt.get(taker)?.push({ topic, partition })
    }
  }
  return dealt
}

const all = (): boolean => true

/** One consumer group: its members, its generation and its committed offsets. */
export class ScriptedGroup {
  readonly name: string
  readonly members: ScriptedMember[] = []
  readonly #parts: GroupParts
  /** What static members held that have left, by instance id. */
  readonly #away = new Map<string, readonly At[]>()
  readonly #positions = new Map<string, Map<number, bigint>>()
  readonly #pending = createPendingOffsets()
  #generation = 0
  #queue: Promise<void> = Promise.resolve()

  constructor(parts: GroupParts) {
    this.#parts = parts
    this.name = parts.name
  }

  join(options: MemberOptions, events: MemberEvents): ScriptedMember {
    const member = new ScriptedMember({
      ...this.#parts,
      options,
      events,
      committed: (topic, partition) => this.#positions.get(topic)?.get(partition),
      began: (topic, partition, offset) => this.setCommitted(topic, partition, offset),
      store: (owner, commits) => this.store(owner, commits),
      stable: (assigned, signal) => this.#pending.settled(assigned, signal),
      leave: async (leaving) => {
        await this.#parts.leaveGate.wait(this.name, {})
        await this.#inTurn(async () => {
          const held = leaving.leases
          await leaving.end(all, { lost: false })
          if (options.instanceId === undefined) this.#remove(leaving)
          else this.#goAway(leaving, options.instanceId, held)
        })
      },
    })
    void this.#inTurn(() => this.#admit(member))
    return member
  }

  committed(topic: string): ReadonlyMap<number, bigint> {
    return new Map(this.#positions.get(topic))
  }

  /** Presets a committed offset, as if an earlier run of the group had left it. */
  setCommitted(topic: string, partition: number, offset: bigint): void {
    const ofTopic = this.#positions.get(topic) ?? new Map<number, bigint>()
    this.#positions.set(topic, ofTopic.set(partition, offset))
  }

  /** An offset of somebody's transaction: whoever is assigned its partition waits until the returned function is called. */
  pend(topic: string, partition: number): () => void {
    return this.#pending.hold([{ topic, partition }])
  }

  rebalance(): Promise<void> {
    return this.#inTurn(() => this.#deals())
  }

  revoke(topic: string, partition: number): Promise<void> {
    return this.#inTurn(async () => {
      const owner = this.members.find((member) => member.owned(topic, partition) !== undefined)
      if (owner === undefined) throw new Error(`nobody in "${this.name}" owns ${topic}[${partition}]`)
      await owner.end((lease) => isSame(lease, { topic, partition }), { lost: false })
    })
  }

  lose(member = this.#anyMember()): Promise<void> {
    return this.#inTurn(async () => {
      await member.end(all, { lost: true })
      await this.#deals()
    })
  }

  kill(error: Error): Promise<void> {
    const member = this.#anyMember()
    return this.#inTurn(async () => {
      if (member.isLeaving) return
      await member.end(all, { lost: true })
      this.#remove(member)
      member.die(error)
    })
  }

  async #admit(member: ScriptedMember): Promise<void> {
    if (member.isLeaving) return
    const { instanceId } = member.options
    if (instanceId !== undefined) await this.#fence(instanceId)
    this.members.push(member)
    const held = instanceId === undefined ? undefined : this.#away.get(instanceId)
    if (instanceId === undefined || held === undefined) return this.#deals()
    this.#away.delete(instanceId)
    await member.begin(held, this.#generation)
    this.#parts.wake()
  }

  /** Kills the member that has the instance id now: another one has come with it. */
  async #fence(instanceId: string): Promise<void> {
    const elder = this.members.find(({ options }) => options.instanceId === instanceId)
    if (elder === undefined || elder.isLeaving) return
    const held = elder.leases
    await elder.end(all, { lost: true })
    this.#goAway(elder, instanceId, held)
    elder.die(fail('MILLRACE_DRIVER_INSTANCE_FENCED', { group: this.name, instanceId }))
  }

  #goAway(member: ScriptedMember, instanceId: string, held: readonly At[]): void {
    const at = this.members.indexOf(member)
    if (at < 0) return
    this.members.splice(at, 1)
    this.#away.set(
      instanceId,
      held.map(({ topic, partition }) => ({ topic, partition })),
    )
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(step)
    // Who asked for the step sees how it failed; the next one runs all the same.
    this.#queue = done.catch(() => undefined)
    return done
  }

  /** One rebalance. */
  async #deals(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end(all, { lost: false })))
    this.#generation += 1
    const staying = this.members.filter(({ isLeaving }) => !isLeaving)
    const dealt = [...deal(staying, this.#parts.topics, [...this.#away.values()].flat())]
    await Promise.all(dealt.map(([member, assigned]) => member.begin(assigned, this.#generation)))
    this.#parts.wake()
  }

  #remove(member: ScriptedMember): void {
    const at = this.members.indexOf(member)
    if (at >= 0) this.members.splice(at, 1)
    if (this.members.length > 0) void this.#inTurn(() => this.#deals())
  }

  /** Stores a commit that was let through. */
  store(member: ScriptedMember, commits: readonly LeaseCommit[]): void {
    const { name } = this
    const { violated, clock } = this.#parts
    for (const { lease, offset, metadata } of commits) {
      const { topic, partition, epoch } = lease
      const where = `${name} committed ${topic}[${partition}] at ${offset}`
      const owned = member.owned(topic, partition)
      const handedOver = owned?.handedOver ?? lease.startOffset
      if (offset > handedOver) violated(`${where}, but only what is below ${handedOver} was handed over`)
      const before = this.#parts.commits.findLast((one) => one.group === name && isSame(one, lease))
      const mayGoBack = owned?.isSought === true
      if (owned !== undefined) owned.isSought = false
      if (!mayGoBack && before !== undefined && before.generation === epoch && offset < before.offset) {
        violated(`${where}, below ${before.offset}, which it had committed before in the same generation`)
      }
      this.setCommitted(topic, partition, offset)
      this.#parts.commits.push({
        group: name,
        topic,
        partition,
        offset,
        metadata,
        generation: epoch,
        atMs: clock.now(),
      })
    }
  }

  #anyMember(): ScriptedMember {
    const member = this.members.find(({ isLeaving }) => !isLeaving)
    if (member === undefined) throw new Error(`group "${this.name}" has no member`)
    return member
  }
}

const isSame = (one: At, other: At): boolean => one.topic === other.topic && one.partition === other.partition
