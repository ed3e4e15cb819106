import type { Clock, LeaseCommit, MemberEvents, MemberOptions } from '@millrace/core'
import type { Gate } from './gate.js'
import { createScriptedMember, type PlannedCommitFailure, type ScriptedMember } from './scripted-member.js'
import type { ScriptedTopics } from './scripted-topics.js'

// A group changes one step at a time: joins, leaves, losses and rebalances queue up behind each other. A rebalance is
// the eager kind: every member gives up all of its leases through an awaited `onRevoked`, the generation rises by one,
// and the partitions are dealt out anew, in turn, among the members that subscribed to them.

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
  readonly commits: StoredCommit[]
  readonly wake: () => void
  readonly violated: (text: string) => void
}

export interface ScriptedGroup {
  readonly name: string
  readonly members: readonly ScriptedMember[]
  join(options: MemberOptions, events: MemberEvents): ScriptedMember
  committed(topic: string): ReadonlyMap<number, bigint>
  /** Presets a committed offset, as if an earlier run of the group had left it. */
  setCommitted(topic: string, partition: number, offset: bigint): void
  rebalance(): Promise<void>
  revoke(topic: string, partition: number): Promise<void>
  lose(): Promise<void>
  kill(error: Error): Promise<void>
}

/** Deals the partitions of each topic out in turn among the members that want the topic. */
export function deal(
  members: readonly ScriptedMember[],
  topics: ScriptedTopics,
): ReadonlyMap<ScriptedMember, readonly { topic: string; partition: number }[]> {
  const dealt = new Map(members.map((member) => [member, [] as { topic: string; partition: number }[]]))
  const wanted = new Set(members.flatMap(({ options }) => options.topics))
  for (const topic of [...wanted].toSorted()) {
    const takers = members.filter(({ options }) => options.topics.includes(topic))
    const count = topics.get(topic)?.partitions.length ?? 0
    for (let partition = 0; partition < count; partition += 1) {
      const taker = takers[partition % takers.length]
      if (taker !== undefined) dealt.get(taker)?.push({ topic, partition })
    }
  }
  return dealt
}

const all = (): boolean => true

export function createScriptedGroup(parts: GroupParts): ScriptedGroup {
  const { name, clock, topics, violated, wake } = parts
  const positions = new Map<string, Map<number, bigint>>()
  const members: ScriptedMember[] = []
  let generation = 0
  let queue: Promise<void> = Promise.resolve()

  const inTurn = (step: () => Promise<void>): Promise<void> => {
    const done = queue.then(step)
    // Who asked for the step sees how it failed; the next one runs all the same.
    queue = done.catch(() => undefined)
    return done
  }

  async function deals(): Promise<void> {
    await Promise.all(members.map((member) => member.end(all, { lost: false })))
    generation += 1
    const staying = members.filter(({ isLeaving }) => !isLeaving)
    await Promise.all([...deal(staying, topics)].map(([member, assigned]) => member.begin(assigned, generation)))
    wake()
  }

  function remove(member: ScriptedMember): void {
    const at = members.indexOf(member)
    if (at >= 0) members.splice(at, 1)
    if (members.length > 0) void inTurn(deals)
  }

  function setCommitted(topic: string, partition: number, offset: bigint): void {
    const ofTopic = positions.get(topic) ?? new Map<number, bigint>()
    positions.set(topic, ofTopic.set(partition, offset))
  }

  function store(member: ScriptedMember, commits: readonly LeaseCommit[]): void {
    for (const { lease, offset, metadata } of commits) {
      const { topic, partition, epoch } = lease
      const where = `${name} committed ${topic}[${partition}] at ${offset}`
      const handedOver = member.owned(topic, partition)?.handedOver ?? lease.startOffset
      if (offset > handedOver) violated(`${where}, but only what is below ${handedOver} was handed over`)
      const before = parts.commits.findLast((one) => one.group === name && isSame(one, lease))
      if (before !== undefined && before.generation === epoch && offset < before.offset) {
        violated(`${where}, below ${before.offset}, which it had committed before in the same generation`)
      }
      setCommitted(topic, partition, offset)
      parts.commits.push({ group: name, topic, partition, offset, metadata, generation: epoch, atMs: clock.now() })
    }
  }

  function theMember(): ScriptedMember {
    const member = members.find(({ isLeaving }) => !isLeaving)
    if (member === undefined) throw new Error(`group "${name}" has no member`)
    return member
  }

  return {
    name,
    members,
    join(options, events) {
      const member = createScriptedMember({
        ...parts,
        options,
        events,
        committed: (topic, partition) => positions.get(topic)?.get(partition),
        store,
        leave: (leaving) =>
          inTurn(async () => {
            await leaving.end(all, { lost: false })
            remove(leaving)
          }),
      })
      void inTurn(async () => {
        if (member.isLeaving) return
        members.push(member)
        await deals()
      })
      return member
    },
    committed: (topic) => new Map(positions.get(topic)),
    setCommitted,
    rebalance: () => inTurn(deals),
    revoke: (topic, partition) =>
      inTurn(async () => {
        const owner = members.find((member) => member.owned(topic, partition) !== undefined)
        if (owner === undefined) throw new Error(`nobody in "${name}" owns ${topic}[${partition}]`)
        await owner.end((lease) => isSame(lease, { topic, partition }), { lost: false })
      }),
    lose: () => {
      const member = theMember()
      return inTurn(async () => {
        await member.end(all, { lost: true })
        await deals()
      })
    },
    kill: (error) => {
      const member = theMember()
      return inTurn(async () => {
        if (member.isLeaving) return
        await member.end(all, { lost: true })
        remove(member)
        member.die(error)
      })
    },
  }
}

const isSame = (
  one: { readonly topic: string; readonly partition: number },
  other: { readonly topic: string; readonly partition: number },
): boolean => one.topic === other.topic && one.partition === other.partition
