import type { BrokerEvent } from '../../observe/broker-events.js'
import { errorCode } from '../../protocol/error-codes.js'
import type { GroupConfig } from '../group-config.js'
import { createGroupCoordinator, type GroupCoordinator } from '../group-coordinator.js'
import type { JoinAnswer, SyncAnswer } from '../group-event.js'
import type { JoinRequest } from '../group-requests.js'
import { createManualClock, type ManualClock } from './manual-clock.js'

/** An answer, once it is there. */
export interface Reply<Answer> {
  answer?: Answer
}

export interface Joined {
  memberId: string
  generation: number
}

export interface GroupBench {
  readonly clock: ManualClock
  readonly groups: GroupCoordinator
  readonly events: BrokerEvent[]
  /** A join of group g: a dynamic member of an old version, which needs no known id, unless told otherwise. */
  join(spec?: Partial<JoinRequest>): Reply<JoinAnswer>
  sync(member: Joined, assignments?: Record<string, string>, groupInstanceId?: string): Reply<SyncAnswer>
  heartbeat(member: Joined, groupInstanceId?: string): number
  /** Group g with so many members, stable; the first is its leader. */
  stable(...specs: Partial<JoinRequest>[]): Joined[]
  /** The same, left between join and sync. */
  joined(...specs: Partial<JoinRequest>[]): Joined[]
}

export const groupId = 'g'

/** What a consumer says of itself: version 0, these topics, no user data. */
export function subscriptionTo(...topics: string[]): Buffer {
  const header = Buffer.alloc(6)
  header.writeInt32BE(topics.length, 2)
  const names = topics.flatMap((topic) => {
    const length = Buffer.alloc(2)
    length.writeInt16BE(Buffer.byteLength(topic))
    return [length, Buffer.from(topic)]
  })
  return Buffer.concat([header, ...names, Buffer.from([255, 255, 255, 255])])
}

export const speaking = (...names: string[]) => names.map((name) => ({ name, metadata: subscriptionTo('orders') }))

const plainJoin: JoinRequest = {
  groupId,
  needsKnownId: false,
  memberId: '',
  groupInstanceId: null,
  clientId: 'app',
  clientHost: '/127.0.0.1',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  protocolType: 'consumer',
  protocols: speaking('range'),
}

/** A coordinator whose topics are `orders` and `payments`, three partitions each. */
export function createGroupBench(config: Partial<GroupConfig> = {}): GroupBench {
  const clock = createManualClock()
  const events: BrokerEvent[] = []
  let ids = 0
  const groups = createGroupCoordinator({
    clock,
    config: { minSessionMs: 500, ...config },
    hasPartition: (topic, partition) => (topic === 'orders' || topic === 'payments') && partition < 3,
    newId: () => `${(ids += 1)}`,
    emit: (event) => events.push(event),
  })

  function join(spec: Partial<JoinRequest> = {}): Reply<JoinAnswer> {
    const reply: Reply<JoinAnswer> = {}
    groups.join({ ...plainJoin, ...spec }, (answer) => {
      if (reply.answer !== undefined) throw new Error('a join was answered twice')
      reply.answer = answer
    })
    return reply
  }

  const sync: GroupBench['sync'] = ({ memberId, generation }, assignments = {}, groupInstanceId) => {
    const reply: Reply<SyncAnswer> = {}
    const list = Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) }))
    groups.sync(
      { groupId, memberId, generation, groupInstanceId: groupInstanceId ?? null, assignments: list },
      (answer) => {
        if (reply.answer !== undefined) throw new Error('a sync was answered twice')
        reply.answer = answer
      },
    )
    return reply
  }

  function joined(...specs: Partial<JoinRequest>[]): Joined[] {
    const replies = specs.map((spec) => join(spec))
    clock.advance(0)
    return replies.map(({ answer }) => {
      if (answer?.errorCode !== errorCode.NONE) throw new Error(`not joined: ${answer?.errorCode}`)
      return { memberId: answer.memberId, generation: answer.generation }
    })
  }

  function stable(...specs: Partial<JoinRequest>[]): Joined[] {
    const members = joined(...specs)
    for (const member of members.toReversed()) {
      sync(member, Object.fromEntries(members.map(({ memberId }) => [memberId, `for ${memberId}`])))
    }
    return members
  }

  return {
    clock,
    groups,
    events,
    join,
    sync,
    heartbeat: (member, instance) => groups.heartbeat({ groupId, ...member, groupInstanceId: instance ?? null }),
    stable,
    joined,
  }
}
