import { heartbeatOf, joinOf, syncOf } from '../request-bodies.js'
import { script } from '../script.js'
import { joinedAlone, joinedPair, memberId, stableAlone, stablePair, untilRebalancing } from '../scripted-members.js'

const about = (...groups: string[]) => ({ groups })
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export const rebalanceScripts = [
  script('a leader that joins again starts a rebalance, a follower does not', async (s) => {
    const group = s.named('g')
    const [a, b] = await stablePair(s, group)
    await b.client.ask('JoinGroup', 5, joinOf(group, { member: b.member }), { note: 'follower' })
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a))
    const rejoining = a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member }), { note: 'leader' })
    await untilRebalancing(b, group)
    await b.client.ask('JoinGroup', 5, joinOf(group, { member: b.member }), { note: 'follower again' })
    await rejoining
  }),
  script('a follower with other metadata starts a rebalance', async (s) => {
    const group = s.named('g')
    const [a, b] = await stablePair(s, group)
    const rejoining = b.client.ask('JoinGroup', 5, joinOf(group, { member: b.member, metadata: 'new' }))
    await untilRebalancing(a, group)
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member }))
    await rejoining
  }),
  script('between join and sync a member may join again', async (s) => {
    const group = s.named('g')
    const [a, b] = await joinedPair(s, group)
    await b.client.ask('JoinGroup', 5, joinOf(group, { member: b.member }), { note: 'follower' })
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member }), { note: 'leader' })
    await a.client.ask('SyncGroup', 3, syncOf(group, a, { [a.member]: 'one', [b.member]: 'two' }))
    await b.client.ask('SyncGroup', 3, syncOf(group, b))
  }),
  script('a new member between join and sync starts anew', async (s) => {
    const group = s.named('g')
    const a = await joinedAlone(s, group)
    const b = await s.client('b')
    const id = await memberId(b, group)
    const joining = b.ask('JoinGroup', 5, joinOf(group, { member: id }))
    await untilRebalancing(a, group)
    await a.client.ask('SyncGroup', 3, syncOf(group, a, { [a.member]: 'all' }), { note: 'too late' })
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member }))
    await joining
  }),
  script('a waiting sync is sent back when somebody joins', async (s) => {
    const group = s.named('g')
    const [, b] = await joinedPair(s, group)
    const waiting = b.client.ask('SyncGroup', 3, syncOf(group, b))
    await pause(100)
    const c = await s.client('c')
    const id = await memberId(c, group)
    const { raw } = c
    const joining = raw.ask('JoinGroup', 5, joinOf(group, { member: id }), { forMs: 300 })
    await waiting
    await joining
  }),
  script('who says nothing is out after its session', async (s) => {
    const group = s.named('g')
    const [a] = await stablePair(s, group, [{}, { sessionMs: 1_000 }])
    await untilRebalancing(a, group)
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member }))
  }),
  script('a rebalance waits for the session of who says nothing', async (s) => {
    const group = s.named('g')
    const sessionMs = 1_000
    await stableAlone(s, group, { sessionMs })
    const b = await s.client('b')
    const id = await memberId(b, group)
    await b.ask('JoinGroup', 5, joinOf(group, { member: id }), { timed: sessionMs })
  }),
  script('a rebalance waits no longer than its timeout for who only beats', async (s) => {
    const group = s.named('g')
    const rebalanceMs = 1_200
    const a = await stableAlone(s, group, { rebalanceMs })
    const b = await s.client('b')
    const id = await memberId(b, group)
    const joining = b.ask('JoinGroup', 5, joinOf(group, { member: id, rebalanceMs }), { timed: rebalanceMs })
    await untilRebalancing(a, group)
    await joining
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a))
  }),
  script('an id that was given out holds up the next rebalance', async (s) => {
    const group = s.named('g')
    const sessionMs = 1_000
    await memberId(await s.client('c'), group, { sessionMs })
    const client = await s.client('a')
    const id = await memberId(client, group, { sessionMs })
    await client.ask('JoinGroup', 5, joinOf(group, { member: id, sessionMs }), { timed: sessionMs })
  }),
  script('a member whose connection closes stays', async (s) => {
    const group = s.named('g')
    const a = await stableAlone(s, group)
    a.client.raw.end()
    await pause(100)
    await s.ask('DescribeGroups', 4, about(group))
    await s.ask('Heartbeat', 3, heartbeatOf(group, a))
  }),
  script('a join whose connection closes stays a member', async (s) => {
    const group = s.named('g')
    const a = await stableAlone(s, group)
    const b = await s.client('b')
    const id = await memberId(b, group)
    void b.raw.ask('JoinGroup', 5, joinOf(group, { member: id }))
    await untilRebalancing(a, group)
    b.raw.end()
    await pause(100)
    await a.client.ask('JoinGroup', 5, joinOf(group, { member: a.member }))
    await a.client.ask('DescribeGroups', 4, about(group))
  }),
  script('a leader that beats and never syncs is out after the rebalance timeout', async (s) => {
    const group = s.named('g')
    const rebalanceMs = 1_000
    const a = await joinedAlone(s, group, { rebalanceMs })
    for (let beats = 0; beats < 14; beats += 1) {
      await pause(100)
      const { errorCode } = await a.client.quietly('Heartbeat', 3, heartbeatOf(group, a))
      if (errorCode !== 0) break
    }
    await a.client.ask('Heartbeat', 3, heartbeatOf(group, a))
    await a.client.ask('DescribeGroups', 4, about(group))
  }),
]
