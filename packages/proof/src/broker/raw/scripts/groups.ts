import { heartbeatOf, joinOf, leaveOf, syncOf } from '../request-bodies.js'
import { script } from '../script.js'
import { joinedAlone, joinedPair, memberId, stableAlone, stablePair, untilRebalancing } from '../scripted-members.js'

const about = (...groups: string[]) => ({ groups })
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export const groupScripts = [
  script('a first join is told an id from version 4 on', async (s) => {
    const group = s.named('g')
    for (const version of [4, 5]) await s.ask('JoinGroup', version, joinOf(group))
    await s.ask('DescribeGroups', 4, about(group))
    await s.ask('ListGroups', 2, {})
  }),
  script('older joins are members at once', async (s) => {
    for (const version of [0, 1, 2, 3]) {
      const group = s.named(`g${version}`)
      const client = await s.client('old')
      const { memberId: member, generationId: generation } = await client.ask(
        'JoinGroup',
        version,
        joinOf(group, { sessionMs: 6_000 }),
      )
      await client.ask('SyncGroup', version, syncOf(group, { member, generation }, { [member]: 'all' }))
      await client.ask('Heartbeat', version, heartbeatOf(group, { member, generation }))
      await client.ask('DescribeGroups', 3, about(group))
      await client.ask('LeaveGroup', version, leaveOf(group, member))
    }
  }),
  script('the life of a group of one', async (s) => {
    const group = s.named('g')
    const { memberId: member } = await s.ask('JoinGroup', 5, joinOf(group))
    const { generationId: generation } = await s.ask('JoinGroup', 5, joinOf(group, { member }))
    await s.ask('DescribeGroups', 4, about(group), { note: 'joined' })
    await s.ask('Heartbeat', 3, heartbeatOf(group, { member, generation }), { note: 'joined' })
    await s.ask('SyncGroup', 3, syncOf(group, { member, generation }, { [member]: 'all' }))
    await s.ask('DescribeGroups', 4, about(group), { note: 'synced' })
    await s.ask('ListGroups', 2, {})
    await s.ask('Heartbeat', 3, heartbeatOf(group, { member, generation }))
    await s.ask('LeaveGroup', 3, leaveOf(group, member))
    await s.ask('DescribeGroups', 4, about(group), { note: 'left' })
    await s.ask('ListGroups', 2, {})
    await s.ask('JoinGroup', 5, joinOf(group, { member }), { note: 'its old id' })
  }),
  script('joins that cannot be', async (s) => {
    const group = s.named('g')
    for (const version of [0, 3, 5]) {
      await s.ask('JoinGroup', version, joinOf(group, { member: 'nobody' }), { note: 'unknown id' })
      await s.ask('JoinGroup', version, joinOf(group, { sessionMs: 499 }), { note: 'session too short' })
      await s.ask('JoinGroup', version, joinOf(group, { sessionMs: 1_800_001 }), { note: 'session too long' })
      await s.ask('JoinGroup', version, joinOf(''), { note: 'no group' })
      await s.ask('JoinGroup', version, joinOf(group, { protocols: [] }), { note: 'no protocols' })
      await s.ask('JoinGroup', version, joinOf(group, { type: '' }), { note: 'no type' })
    }
    await s.ask('DescribeGroups', 4, about(group))
  }),
  script('members have to have something in common', async (s) => {
    const group = s.named('g')
    await stableAlone(s, group, { protocols: ['range', 'roundrobin'] })
    const other = await s.client('b')
    await other.ask('JoinGroup', 3, joinOf(group, { type: 'connect' }), { note: 'foreign type' })
    await other.ask('JoinGroup', 5, joinOf(group, { type: 'connect' }), { note: 'foreign type' })
    await other.ask('JoinGroup', 5, joinOf(group, { protocols: ['sticky'] }), { note: 'foreign protocol' })
    await other.ask('JoinGroup', 5, joinOf(group, { protocols: [] }), { note: 'no protocols' })
    await other.ask('JoinGroup', 5, joinOf(group, { protocols: ['sticky', 'roundrobin'] }), { note: 'one in common' })
  }),
  script('members vote for a protocol that all have', async (s) => {
    const group = s.named('g')
    const a = await joinedAlone(s, group, { protocols: ['x', 'y', 'z'] })
    await a.client.quietly('SyncGroup', 3, syncOf(group, a, { [a.member]: 'all' }))
    const b = await s.client('b')
    const id = await memberId(b, group, { protocols: ['z', 'y'] })
    const joining = b.ask('JoinGroup', 5, joinOf(group, { member: id, protocols: ['z', 'y'] }))
    await untilRebalancing(a, group)
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member, protocols: ['x', 'y', 'z'] }))
    await joining
  }),
  script('the leader hears of all members, the others of none', async (s) => {
    const group = s.named('g')
    const a = await stableAlone(s, group, { metadata: 'of a' })
    const b = await s.client('b')
    const id = await memberId(b, group)
    const joining = b.ask('JoinGroup', 5, joinOf(group, { member: id, metadata: 'of b' }))
    await untilRebalancing(a, group)
    await a.client.ask('DescribeGroups', 4, about(group), { note: 'joining' })
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member, metadata: 'of a' }))
    const { generationId: generation } = await joining
    await a.client.ask('DescribeGroups', 4, about(group), { note: 'joined' })
    const waiting = b.ask('SyncGroup', 3, syncOf(group, { member: id, generation }))
    await a.client.ask(
      'SyncGroup',
      3,
      syncOf(group, { member: a.member, generation }, { [a.member]: 'one', [id]: 'two' }),
    )
    await waiting
    await a.client.ask('DescribeGroups', 4, about(group), { note: 'synced' })
  }),
  script('a follower waits for its leader', async (s) => {
    const group = s.named('g')
    const [a, b] = await joinedPair(s, group)
    const waiting = b.client.ask('SyncGroup', 3, syncOf(group, b), { timed: 400 })
    await pause(400)
    await a.client.ask('SyncGroup', 3, syncOf(group, a, { [a.member]: 'one' }))
    await waiting
    await b.client.ask('SyncGroup', 3, syncOf(group, b), { note: 'again' })
    await a.client.ask('SyncGroup', 3, syncOf(group, a, { [a.member]: 'other', [b.member]: 'other' }), {
      note: 'again, another assignment',
    })
    await a.client.ask('SyncGroup', 3, syncOf(group, a), { note: 'again, none' })
  }),
  script('an assignment for nobody is dropped', async (s) => {
    const group = s.named('g')
    const a = await joinedAlone(s, group)
    await a.client.ask('SyncGroup', 3, syncOf(group, a, { stranger: 'x', [a.member]: 'mine' }))
    await a.client.ask('DescribeGroups', 4, about(group))
  }),
  script('a sync without assignments gives everybody nothing', async (s) => {
    const group = s.named('g')
    const a = await joinedAlone(s, group)
    await a.client.ask('SyncGroup', 3, syncOf(group, a))
    await a.client.ask('DescribeGroups', 4, about(group))
  }),
  script('syncs that cannot be', async (s) => {
    const group = s.named('g')
    const [a, b] = await joinedPair(s, group)
    await a.client.ask('SyncGroup', 3, syncOf(group, { ...a, generation: 7 }), { note: 'other generation' })
    await a.client.ask('SyncGroup', 3, syncOf(group, { ...a, member: 'nobody' }), { note: 'unknown member' })
    await a.client.ask('SyncGroup', 3, syncOf(group, { ...a, member: '' }), { note: 'no member' })
    await a.client.ask('SyncGroup', 3, syncOf(s.named('none'), a), { note: 'unknown group' })
    await a.client.ask('SyncGroup', 3, syncOf('', a), { note: 'no group' })
    await a.client.quietly('SyncGroup', 3, syncOf(group, a, { [a.member]: 'one' }))
    await a.client.quietly('LeaveGroup', 3, leaveOf(group, b.member))
    await untilRebalancing(a, group)
    await a.client.ask('SyncGroup', 3, syncOf(group, a), { note: 'while joining' })
  }),
  script('heartbeats at every moment', async (s) => {
    const group = s.named('g')
    const a = await joinedAlone(s, group)
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a), { note: 'between join and sync' })
    await a.client.quietly('SyncGroup', 3, syncOf(group, a, { [a.member]: 'all' }))
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a), { note: 'stable' })
    for (const generation of [0, 2, -1]) {
      await a.client.ask('Heartbeat', 3, heartbeatOf(group, { ...a, generation }), { note: `generation ${generation}` })
    }
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, { ...a, member: 'nobody' }), { note: 'unknown member' })
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, { ...a, member: '' }), { note: 'no member' })
    await a.client.ask('Heartbeat', 3, heartbeatOf(s.named('none'), a), { note: 'unknown group' })
    await a.client.ask('Heartbeat', 3, heartbeatOf('', a), { note: 'no group' })
    const id = await memberId(await s.client('b'), group)
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, { member: id, generation: a.generation }), {
      note: 'an id that was given out',
    })
    await a.client.quietly('LeaveGroup', 3, leaveOf(group, a.member))
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a), { note: 'left' })
  }),
  script('the others learn of a leaver by heartbeat', async (s) => {
    const group = s.named('g')
    const [a, b] = await stablePair(s, group)
    await b.client.ask('LeaveGroup', 3, leaveOf(group, b.member))
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a))
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, { ...a, generation: 9 }), { note: 'other generation' })
    await b.client.ask('Heartbeat', 3, heartbeatOf(group, b), { note: 'the leaver' })
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member }))
  }),
  script('a leader that leaves hands the group over', async (s) => {
    const group = s.named('g')
    const [a, b] = await stablePair(s, group)
    await a.client.ask('LeaveGroup', 3, leaveOf(group, a.member))
    await b.client.ask('JoinGroup', 5, joinOf(group, { member: b.member }))
  }),
  script('leaving at odd moments', async (s) => {
    const group = s.named('g')
    const a = await stableAlone(s, group)
    await a.client.ask('LeaveGroup', 3, leaveOf(group, 'nobody'), { note: 'unknown' })
    for (const version of [0, 2])
      await a.client.ask('LeaveGroup', version, leaveOf(group, 'nobody'), { note: 'unknown' })
    await a.client.ask('LeaveGroup', 3, leaveOf(s.named('none'), 'nobody'), { note: 'unknown group' })
    await a.client.ask('LeaveGroup', 1, leaveOf(s.named('none'), 'nobody'), { note: 'unknown group' })
    await a.client.ask('LeaveGroup', 3, leaveOf('', 'nobody'), { note: 'no group' })
    await a.client.ask('LeaveGroup', 3, { groupId: group, members: [] }, { note: 'nobody at all' })
    const members = [{ memberId: a.member }, { memberId: 'nobody' }]
    await a.client.ask('LeaveGroup', 3, { groupId: group, members }, { note: 'two' })
    await a.client.ask('LeaveGroup', 3, leaveOf(group, a.member), { note: 'again' })
  }),
  script('an id that was given out can be left', async (s) => {
    const group = s.named('g')
    const id = await memberId(s, group)
    await s.ask('LeaveGroup', 3, leaveOf(group, id))
    await s.ask('JoinGroup', 5, joinOf(group, { member: id }))
  }),
  script('groups are described in each version', async (s) => {
    const group = s.named('g')
    await stableAlone(s, group)
    for (let version = 0; version <= 6; version += 1) {
      await s.ask('DescribeGroups', version, about(group, s.named('none'), ''))
      const includeAuthorizedOperations = version >= 3
      await s.ask('DescribeGroups', version, { ...about(group), includeAuthorizedOperations }, { note: 'operations' })
    }
    await s.ask('DescribeGroups', 6, about(), { note: 'none' })
    await s.ask('DescribeGroups', 6, about(group, group), { note: 'twice' })
  }),
  script('groups are listed by state and by type', async (s) => {
    await stableAlone(s, s.named('stable'))
    const { client, member } = await stableAlone(s, s.named('empty'))
    await client.quietly('LeaveGroup', 3, leaveOf(s.named('empty'), member))
    await joinedAlone(s, s.named('joined'))
    for (let version = 0; version <= 5; version += 1) await s.ask('ListGroups', version, {})
    for (const state of ['Stable', 'stable', 'Empty', 'CompletingRebalance', 'Dead', 'Nonsense', '']) {
      await s.ask('ListGroups', 4, { statesFilter: [state] }, { note: `state "${state}"` })
    }
    await s.ask('ListGroups', 5, { statesFilter: ['Empty', 'Stable'] }, { note: 'two states' })
    for (const type of ['classic', 'Classic', 'consumer', 'Nonsense', '']) {
      await s.ask('ListGroups', 5, { typesFilter: [type] }, { note: `type "${type}"` })
    }
  }),
  script('groups are deleted when nobody is left', async (s) => {
    const group = s.named('g')
    const a = await stableAlone(s, group)
    for (const version of [0, 1]) await s.ask('DeleteGroups', version, { groupsNames: [group] }, { note: 'active' })
    await s.ask('DeleteGroups', 1, { groupsNames: [s.named('none'), ''] }, { note: 'unknown' })
    await a.client.quietly('LeaveGroup', 3, leaveOf(group, a.member))
    await s.ask('DeleteGroups', 1, { groupsNames: [group, group] }, { note: 'empty, twice' })
    await s.ask('DeleteGroups', 1, { groupsNames: [] }, { note: 'none' })
    await s.ask('DescribeGroups', 4, about(group))
    await s.ask('JoinGroup', 3, joinOf(group), { note: 'begins again' })
  }),
  script('an empty group keeps its generation', async (s) => {
    const group = s.named('g')
    const a = await stableAlone(s, group)
    await a.client.quietly('LeaveGroup', 3, leaveOf(group, a.member))
    await s.ask('JoinGroup', 3, joinOf(group, { sessionMs: 6_000 }))
  }),
  script('an empty group takes another type', async (s) => {
    const group = s.named('g')
    const a = await stableAlone(s, group)
    await a.client.quietly('LeaveGroup', 3, leaveOf(group, a.member))
    await s.ask('JoinGroup', 3, joinOf(group, { type: 'connect', protocols: ['other'], sessionMs: 6_000 }))
    await s.ask('DescribeGroups', 4, about(group))
  }),
]
