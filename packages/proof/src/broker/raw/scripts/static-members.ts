import { commitOf, heartbeatOf, joinOf, leaveOf, syncOf } from '../request-bodies.js'
import { script } from '../script.js'
import { joinedAlone, stableAlone, stablePair } from '../scripted-members.js'

const about = (...groups: string[]) => ({ groups })
const instance = 'one'

export const staticMemberScripts = [
  script('a static member needs no id to begin with', async (s) => {
    const group = s.named('g')
    const client = await s.client('a')
    const { memberId: member, generationId: generation } = await client.ask('JoinGroup', 5, joinOf(group, { instance }))
    await client.ask('SyncGroup', 3, syncOf(group, { member, generation, instance }, { [member]: 'all' }))
    await client.ask('DescribeGroups', 4, about(group))
    await client.ask('Heartbeat', 3, heartbeatOf(group, { member, generation, instance }))
  }),
  script('a static member that comes back gets the same generation and a new id', async (s) => {
    const group = s.named('g')
    const [a, b] = await stablePair(s, group, [{}, { instance }])
    const client = await s.client('c')
    const { memberId: member } = await client.ask('JoinGroup', 5, joinOf(group, { instance }))
    await client.ask('SyncGroup', 3, syncOf(group, { member, generation: b.generation, instance }))
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a), { note: 'the other member' })
    await client.ask('Heartbeat', 3, heartbeatOf(group, { member, generation: b.generation, instance }), {
      note: 'the new id',
    })
    await b.client.ask('Heartbeat', 3, heartbeatOf(group, { ...b, instance }), { note: 'the old id, with its name' })
    await b.client.ask('Heartbeat', 3, heartbeatOf(group, b), { note: 'the old id' })
    await s.ask('DescribeGroups', 4, about(group))
  }),
  script('a static leader that comes back is told that another leads', async (s) => {
    const group = s.named('g')
    const a = await stableAlone(s, group, { instance })
    const client = await s.client('c')
    const { memberId: member } = await client.ask('JoinGroup', 5, joinOf(group, { instance }))
    await client.ask('SyncGroup', 3, syncOf(group, { member, generation: a.generation, instance }))
    await client.ask('DescribeGroups', 4, about(group))
  }),
  script('a static member that comes back with other metadata starts no rebalance', async (s) => {
    const group = s.named('g')
    const [a] = await stablePair(s, group, [{}, { instance }])
    const client = await s.client('c')
    await client.ask('JoinGroup', 5, joinOf(group, { instance, metadata: 'new' }))
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a))
    await s.ask('DescribeGroups', 4, about(group))
  }),
  script('a static member that comes back and wants another protocol starts a rebalance', async (s) => {
    const group = s.named('g')
    await stableAlone(s, group, { instance, protocols: ['range', 'sticky'] })
    const client = await s.client('c')
    await client.ask('JoinGroup', 5, joinOf(group, { instance, protocols: ['sticky', 'range'] }))
    await s.ask('DescribeGroups', 4, about(group))
  }),
  script('what the old id of a static member is told', async (s) => {
    const group = s.named('g')
    const topic = await s.topic()
    const [a, b] = await stablePair(s, group, [{}, { instance }])
    const client = await s.client('c')
    await client.quietly('JoinGroup', 5, joinOf(group, { instance }))
    const { member, generation } = b
    await b.client.ask('JoinGroup', 5, joinOf(group, { member, instance }), { note: 'with its name' })
    await b.client.ask('JoinGroup', 5, joinOf(group, { member }), { note: 'without' })
    await b.client.ask('SyncGroup', 3, syncOf(group, { member, generation, instance }), { note: 'with its name' })
    await b.client.ask('SyncGroup', 3, syncOf(group, { member, generation }), { note: 'without' })
    await b.client.ask('OffsetCommit', 7, commitOf(group, topic, 1, { member, generation, instance }), {
      note: 'with its name',
    })
    await b.client.ask('OffsetCommit', 7, commitOf(group, topic, 1, { member, generation }), { note: 'without' })
    await b.client.ask('LeaveGroup', 3, leaveOf(group, member, instance), { note: 'with its name' })
    await b.client.ask('LeaveGroup', 3, leaveOf(group, member), { note: 'without' })
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a), { note: 'the other member' })
  }),
  script('names that nobody has', async (s) => {
    const group = s.named('g')
    const topic = await s.topic()
    const a = await stableAlone(s, group, { instance })
    const { member, generation } = a
    const other = 'nobody'
    await s.ask('Heartbeat', 3, heartbeatOf(group, { member, generation, instance: other }))
    await s.ask('SyncGroup', 3, syncOf(group, { member, generation, instance: other }))
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 1, { member, generation, instance: other }))
    await s.ask('JoinGroup', 5, joinOf(group, { member, instance: other }))
    await s.ask('LeaveGroup', 3, leaveOf(group, member, other))
  }),
  script('a static member is put out by its name', async (s) => {
    const group = s.named('g')
    const [a] = await stablePair(s, group, [{}, { instance }])
    await s.ask('LeaveGroup', 3, leaveOf(group, '', instance))
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a))
    await s.ask('LeaveGroup', 3, leaveOf(group, '', instance), { note: 'again' })
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member }))
  }),
  script('several members are put out at once', async (s) => {
    const group = s.named('g')
    const [a, b] = await stablePair(s, group, [{ instance }, { instance: 'two' }])
    const members = [
      { memberId: '', groupInstanceId: instance },
      { memberId: a.member, groupInstanceId: 'two' },
      { memberId: '', groupInstanceId: 'nobody' },
      { memberId: b.member, groupInstanceId: 'two' },
    ]
    await s.ask('LeaveGroup', 3, { groupId: group, members })
    await s.ask('DescribeGroups', 4, about(group))
  }),
  script('two static members lead their own lives', async (s) => {
    const group = s.named('g')
    const [a, b] = await stablePair(s, group, [{ instance }, { instance: 'two' }])
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: b.member, instance }), { note: 'the id of the other' })
    await s.ask('DescribeGroups', 4, about(group))
  }),
  script('a static member between join and sync', async (s) => {
    const group = s.named('g')
    const a = await joinedAlone(s, group, { instance })
    const client = await s.client('c')
    const { memberId: member, generationId: generation } = await client.ask('JoinGroup', 5, joinOf(group, { instance }))
    await a.client.ask('SyncGroup', 3, syncOf(group, { ...a, instance }, { [a.member]: 'all' }), { note: 'the old id' })
    await client.ask('SyncGroup', 3, syncOf(group, { member, generation, instance }, { [member]: 'all' }), {
      note: 'the new id',
    })
  }),
  script('a static member with its own id joins again', async (s) => {
    const group = s.named('g')
    const [, b] = await stablePair(s, group, [{}, { instance }])
    await b.client.ask('JoinGroup', 5, joinOf(group, { member: b.member, instance }))
  }),
  script('an empty name', async (s) => {
    await s.watch('JoinGroup', 5, joinOf(s.named('g'), { instance: '' }), { forMs: 1_000 })
  }),
]
