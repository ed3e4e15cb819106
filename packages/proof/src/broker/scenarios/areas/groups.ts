import { connect, type Socket } from 'node:net'
import { type Admin, AssignerProtocol, type GroupDescription, type ISocketFactory } from '../bare-kafkajs.js'
import { short } from '../readable.js'
import { scenario } from '../scenario.js'
import { partitionsOf, shares } from '../shares.js'
import { groupsListedBy } from '../stage.js'

function decoded({ state, protocol, protocolType, members }: GroupDescription) {
  return {
    state,
    protocol,
    protocolType,
    members: members
      .map(({ clientId, clientHost, memberMetadata, memberAssignment }) => ({
        clientId,
        clientHost,
        subscribes: AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? null,
        has: AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? null,
      }))
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  }
}

const stateOf = async (admin: Admin, group: string): Promise<string> =>
  (await admin.describeGroups([group])).groups[0]?.state ?? 'none'

/** Sockets of a process that dies: no goodbye, and nobody can connect any more. */
function mortalSockets(): { readonly socketFactory: ISocketFactory; die(): void; rise(): void } {
  const open = new Set<Socket>()
  let isDead = false
  return {
    socketFactory({ host, port, onConnect }) {
      const socket = connect({ host, port }, onConnect)
      open.add(socket)
      if (isDead) setImmediate(() => socket.destroy(new Error('dead')))
      return socket
    },
    die() {
      isDead = true
      // kafkajs hears of an error at once, and of a mere close when its requests time out.
      for (const socket of open) socket.destroy(new Error('dead'))
    },
    rise() {
      isDead = false
    },
  }
}

export const groupScenarios = [
  scenario('a lone consumer leads its group and has every partition', async (s) => {
    const topic = await s.topic({ partitions: 3 })
    const group = s.named('g')
    const listener = await s.listen({ group, topics: [topic] })
    await listener.joined()
    s.is('join', listener.joins, [
      { isLeader: true, protocol: 'RoundRobinAssigner', assignment: { [topic]: [0, 1, 2] } },
    ])
    const admin = await s.admin()
    const { groups } = await admin.describeGroups([group])
    s.is('kafkajs', groups.map(decoded), [
      {
        state: 'Stable',
        protocol: 'RoundRobinAssigner',
        protocolType: 'consumer',
        members: [{ clientId: 'app', clientHost: '/127.0.0.1', subscribes: [topic], has: { [topic]: [0, 1, 2] } }],
      },
    ])
    const { state, members } = await s.java.describeGroup(group)
    s.trace('java', { state, members })
    s.is('by itself', (await listener.consumer.describeGroup()).state, 'Stable')
  }),
  scenario('two consumers share the partitions', async (s) => {
    const topic = await s.topic({ partitions: 4 })
    const group = s.named('g')
    const one = await s.listen({ group, topics: [topic] })
    await one.joined()
    const two = await s.listen({ group, topics: [topic] })
    await Promise.all([one.joined(2), two.joined()])
    const last = [one.joins.at(-1)?.assignment[topic] ?? [], two.joins.at(-1)?.assignment[topic] ?? []]
    s.is('shares', shares(last), { sizes: [2, 2], all: [0, 1, 2, 3] })
    s.is('leaders', [one.joins.at(-1)?.isLeader, two.joins.at(-1)?.isLeader], [true, false])
    const { members } = await s.java.describeGroup(group)
    s.is('java', shares(members.map(({ assignment }) => partitionsOf(assignment))), {
      sizes: [2, 2],
      all: [0, 1, 2, 3],
    })
  }),
  scenario('who leaves hands over to the others', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    const one = await s.listen({ group, topics: [topic] })
    await one.joined()
    const two = await s.listen({ group, topics: [topic] })
    await Promise.all([one.joined(2), two.joined()])
    await one.stop()
    await two.joined(2)
    s.is('the other', two.joins.at(-1), {
      isLeader: true,
      protocol: 'RoundRobinAssigner',
      assignment: { [topic]: [0, 1] },
    })
    await s.probe.produce(topic, [
      { partition: 0, value: 'a' },
      { partition: 1, value: 'b' },
    ])
    s.is('hears', short(await two.first(2)), ['0@0 a', '1@0 b'])
  }),
  scenario('a member that dies is thrown out after its session', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    const sockets = mortalSockets()
    const dying = await s.listen({
      group,
      topics: [topic],
      sessionTimeout: 1000,
      kafka: s.kafka({ socketFactory: sockets.socketFactory }),
    })
    // Its client can't say goodbye, and would try for a minute.
    s.defer(() => Promise.resolve(sockets.rise()))
    await dying.joined()
    const other = await s.listen({ group, topics: [topic] })
    await Promise.all([dying.joined(2), other.joined()])
    sockets.die()
    await other.joined(2)
    s.is('alone', other.joins.at(-1)?.assignment, { [topic]: [0, 1] })
    s.is('members', (await s.java.describeGroup(group)).members.length, 1)
  }),
  scenario('more members than partitions: somebody has nothing', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    const listeners = [await s.listen({ group, topics: [topic] })]
    for (const at of [1, 2]) {
      await Promise.all(listeners.map((listener, index) => listener.joined(at - index)))
      listeners.push(await s.listen({ group, topics: [topic] }))
    }
    const admin = await s.admin()
    const stable = await s.until('three stable members', async () => {
      const { groups } = await admin.describeGroups([group])
      const [found] = groups.map(decoded)
      return found?.state === 'Stable' && found.members.length === 3 ? found : undefined
    })
    s.is('shares', shares(stable.members.map(({ has }) => has?.[topic] ?? [])), { sizes: [0, 1, 1], all: [0, 1] })
  }),
  scenario('a group of several topics', async (s) => {
    const topics = [await s.topic({ partitions: 2 }, 'a'), await s.topic({ partitions: 1 }, 'b')]
    const listener = await s.listen({ group: s.named('g'), topics })
    await listener.joined()
    s.is('assignment', listener.joins[0]?.assignment, { [s.named('a')]: [0, 1], [s.named('b')]: [0] })
  }),
  scenario('a group is stable, then empty, then gone', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const admin = await s.admin()
    s.is('before', await stateOf(admin, group), 'Dead')
    const listener = await s.listen({ group, topics: [topic] })
    await listener.joined()
    s.is('running', await stateOf(admin, group), 'Stable')
    s.trace('delete a running one', await admin.deleteGroups([group]).catch((error: unknown) => error))
    await s.refused('java', s.java.deleteGroup(group), 'GroupNotEmptyException')
    await listener.stop()
    s.is(
      'stopped',
      await s.until('empty', async () => ((await stateOf(admin, group)) === 'Empty' ? 'Empty' : undefined)),
      'Empty',
    )
    s.trace('deleted', await admin.deleteGroups([group]))
    s.is('after', await stateOf(admin, group), 'Dead')
    await s.refused('again', s.java.deleteGroup(group), 'GroupIdNotFoundException')
  }),
  scenario('an unknown group is dead for kafkajs and unknown for Java', async (s) => {
    const admin = await s.admin()
    const { groups } = await admin.describeGroups([s.named('nobody')])
    s.trace('kafkajs', groups)
    s.trace('java', await s.java.describeGroup(s.named('nobody')).catch((error: unknown) => error))
    s.trace('delete', await admin.deleteGroups([s.named('nobody')]).catch((error: unknown) => error))
    s.is(
      'states',
      groups.map(({ state }) => state),
      ['Dead'],
    )
  }),
  scenario('groups are listed with their kind and state', async (s) => {
    const topic = await s.topic()
    const [running, simple] = [s.named('running'), s.named('simple')]
    const listener = await s.listen({ group: running, topics: [topic] })
    await listener.joined()
    await s.java.setCommitted(simple, topic, new Map([[0, 3n]]))
    const admin = await s.admin()
    const mine = ({ groupId }: { groupId: string }): boolean => [running, simple].includes(groupId)
    s.is(
      'kafkajs',
      (await admin.listGroups()).groups.filter(mine).toSorted((a) => (a.groupId === running ? -1 : 1)),
      [
        { groupId: running, protocolType: 'consumer' },
        { groupId: simple, protocolType: '' },
      ],
    )
    const states = (await groupsListedBy(s)).filter(({ group }) => [running, simple].includes(group))
    s.is(
      'java',
      states.toSorted((a) => (a.group === running ? -1 : 1)),
      [
        { group: running, state: 'Stable' },
        { group: simple, state: 'Empty' },
      ],
    )
  }),
  scenario('an assigner that the others do not know is refused', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const first = await s.listen({ group, topics: [topic] })
    await first.joined()
    const stranger = await s.listen({
      group,
      topics: [topic],
      partitionAssigners: [
        () => ({
          name: 'Stranger',
          version: 1,
          assign: () => Promise.resolve([]),
          protocol: ({ topics }) => ({
            name: 'Stranger',
            metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }),
          }),
        }),
      ],
    })
    const crash = await s.until('a crash', () => stranger.crashes[0])
    await s.refused('stranger', Promise.reject(crash), 'INCONSISTENT_GROUP_PROTOCOL')
    s.is('the others', (await s.java.describeGroup(group)).state, 'Stable')
  }),
  scenario('a session outside of what the broker takes is refused', async (s) => {
    const topic = await s.topic()
    for (const sessionTimeout of [499, 1_800_001]) {
      const listener = await s.listen({ group: s.named('g'), topics: [topic], sessionTimeout })
      const crash = await s.until('a crash', () => listener.crashes[0])
      await s.refused(String(sessionTimeout), Promise.reject(crash), 'INVALID_SESSION_TIMEOUT')
    }
  }),
  scenario('new partitions reach the members that look again', async (s) => {
    const topic = await s.topic()
    const member = await s.listen({ group: s.named('g'), topics: [topic], metadataMaxAge: 200 })
    await member.joined()
    await s.java.addPartitions(topic, 3)
    await member.joined(2)
    s.is('assignment', member.joins.at(-1)?.assignment, { [topic]: [0, 1, 2] })
  }),
]
