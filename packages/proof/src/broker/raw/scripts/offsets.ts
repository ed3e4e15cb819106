import { consumerProtocolSubscription, encodeMessage } from '@millrace/broker/protocol'
import { commitOf, joinOf, leaveOf, offsetsOf, syncOf } from '../request-bodies.js'
import { script } from '../script.js'
import { joinedAlone, joinedPair, memberId, stableAlone, untilRebalancing } from '../scripted-members.js'

const stranger = 'nobody'

const deletion = (groupId: string, topic: string, ...indexes: number[]) => ({
  groupId,
  topics: [{ name: topic, partitions: indexes.map((partitionIndex) => ({ partitionIndex })) }],
})

/** What consumers send as metadata, so that a broker can tell their topics. */
function subscription(topic: string): Buffer {
  const body = encodeMessage(consumerProtocolSubscription, 1, { topics: [topic], userData: null, ownedPartitions: [] })
  return Buffer.concat([Buffer.of(0, 1), body])
}

export const offsetScripts = [
  script('commits and their offsets in each version', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    for (let version = 2; version <= 7; version += 1) {
      await s.ask('OffsetCommit', version, commitOf(group, topic, version * 10, { metadata: `of ${version}` }))
      await s.ask('OffsetFetch', Math.min(version, 5), offsetsOf(group, topic))
    }
    for (let version = 1; version <= 7; version += 1)
      await s.ask('OffsetFetch', version, offsetsOf(group, topic, { partitions: [0, 1] }))
    await s.ask('DescribeGroups', 4, { groups: [group] })
    await s.ask('ListGroups', 2, {})
  }),
  script('commits of a member in a stable group', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const { member, generation } = await stableAlone(s, group)
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 1, { member, generation }), { note: 'its own' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 2, { member, generation: generation + 1 }), {
      note: 'a later generation',
    })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 2, { member, generation: 0 }), {
      note: 'an earlier generation',
    })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 3, { member: stranger, generation }), { note: 'a stranger' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 4, { generation }), { note: 'nobody' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 5), { note: 'simple' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 6, { member }), { note: 'no generation' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 6, { member: stranger }), {
      note: 'a stranger without generation',
    })
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('commits while members are joining', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const { member, generation, client } = await stableAlone(s, group)
    const b = await s.client('b')
    const id = await memberId(b, group)
    void b.raw.ask('JoinGroup', 5, joinOf(group, { member: id }))
    await untilRebalancing({ client, member, generation }, group)
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 1, { member, generation }), { note: 'its own' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 2, { member, generation: 9 }), { note: 'other generation' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 2), { note: 'simple' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 3, { member: id, generation }), { note: 'the newcomer' })
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('commits between join and sync', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const [a] = await joinedPair(s, group)
    const { member, generation } = a
    for (let version = 2; version <= 7; version += 1)
      await s.ask('OffsetCommit', version, commitOf(group, topic, 1, { member, generation }), { note: 'its own' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 2, { member, generation: generation - 1 }), {
      note: 'the last generation',
    })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 2, { member: stranger, generation }), { note: 'a stranger' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 2), { note: 'simple' })
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('commits to a group that is empty', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const { member, generation, client } = await stableAlone(s, group)
    await client.quietly('LeaveGroup', 3, leaveOf(group, member))
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 1, { member, generation }), { note: 'its old id' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 1, { member: stranger, generation }), { note: 'a stranger' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 1, { member, generation: 9 }), { note: 'other generation' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 2), { note: 'simple' })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 3, { member: stranger }), { note: 'simple, with an id' })
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('commits to a group that never was', async (s) => {
    const topic = await s.topic()
    await s.ask('OffsetCommit', 7, commitOf(s.named('a'), topic, 1, { member: stranger, generation: 1 }), {
      note: 'a member',
    })
    await s.ask('OffsetCommit', 7, commitOf(s.named('b'), topic, 1, { member: stranger, generation: 0 }), {
      note: 'generation 0',
    })
    await s.ask('OffsetCommit', 7, commitOf(s.named('c'), topic, 1), { note: 'simple' })
    await s.ask('OffsetCommit', 7, commitOf(s.named('d'), topic, 1, { member: stranger }), {
      note: 'simple, with an id',
    })
    await s.ask('DescribeGroups', 4, { groups: ['a', 'b', 'c', 'd'].map((each) => s.named(each)) })
  }),
  script('a commit counts partition by partition', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    const good = commitOf(group, topic, 5).topics[0]
    const at = (partitionIndex: number, committedMetadata: string | null = '') => ({
      partitionIndex,
      committedOffset: 5n,
      committedMetadata,
    })
    const topics = [
      { name: topic, partitions: [at(0), at(7), at(1, 'x'.repeat(4097)), at(-1)] },
      { name: s.named('none'), partitions: [at(0)] },
    ]
    await s.ask('OffsetCommit', 7, { ...commitOf(group, topic, 5), topics })
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic, { partitions: [0, 1, 7] }))
    await s.ask('OffsetCommit', 7, { ...commitOf(group, topic, 5), topics: [] }, { note: 'none' })
    await s.ask(
      'OffsetCommit',
      7,
      { ...commitOf(group, topic, 5), topics: good === undefined ? [] : [good, good] },
      { note: 'topic twice' },
    )
    await s.ask(
      'OffsetCommit',
      7,
      { ...commitOf(group, topic, 5), topics: [{ name: 'a b', partitions: [at(0)] }] },
      { note: 'bad name' },
    )
  }),
  script('metadata of a commit has a limit', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    for (const length of [4096, 4097]) {
      await s.ask('OffsetCommit', 7, commitOf(group, topic, 1, { metadata: 'x'.repeat(length) }), { note: `${length}` })
    }
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 1, { metadata: 'ä'.repeat(2049) }), {
      note: 'bytes or letters',
    })
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 2, { metadata: null }), { note: 'null' })
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('any offset may be committed', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    for (const offset of [-1, -5, 1_000_000, 3, 0]) {
      await s.ask('OffsetCommit', 7, commitOf(group, topic, offset), { note: `${offset}` })
      await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
    }
    await s.ask(
      'OffsetCommit',
      7,
      {
        ...commitOf(group, topic, 1),
        topics: [
          {
            name: topic,
            partitions: [{ partitionIndex: 0, committedOffset: 4n, committedLeaderEpoch: 3, committedMetadata: '' }],
          },
        ],
      },
      { note: 'leader epoch' },
    )
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('a group without a name may commit', async (s) => {
    const topic = await s.topic()
    await s.ask('OffsetCommit', 7, commitOf('', topic, 4))
    await s.ask('OffsetFetch', 5, offsetsOf('', topic))
    await s.ask('OffsetCommit', 7, commitOf('', topic, 4, { member: stranger, generation: 1 }), { note: 'as a member' })
    await s.ask('OffsetFetch', 7, offsetsOf('', topic, { requireStable: true }))
  }),
  script('offsets of what is not there', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 1))
    for (let version = 1; version <= 7; version += 1) {
      await s.ask('OffsetFetch', version, offsetsOf(s.named('never'), topic), { note: 'unknown group' })
      await s.ask('OffsetFetch', version, offsetsOf(group, s.named('none')), { note: 'unknown topic' })
    }
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic, { partitions: [5] }), { note: 'unknown partition' })
    await s.ask('OffsetFetch', 5, { groupId: group, topics: [] }, { note: 'no topics' })
  }),
  script('null topics are all that is committed', async (s) => {
    const topic = await s.topic({ partitions: 3 })
    const group = s.named('g')
    for (let version = 2; version <= 7; version += 1)
      await s.ask('OffsetFetch', version, offsetsOf(s.named('never'), null), { note: 'unknown group' })
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 1, { partition: 1 }))
    for (let version = 2; version <= 7; version += 1) await s.ask('OffsetFetch', version, offsetsOf(group, null))
  }),
  script('offsets go with their topic', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 9))
    await s.quietly('DeleteTopics', 3, { topicNames: [topic], timeoutMs: 5_000 })
    await new Promise((resolve) => setTimeout(resolve, 500))
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
    await s.topic()
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic), { note: 'created again' })
  }),
  script('offsets are deleted one by one', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    for (const partition of [0, 1]) await s.quietly('OffsetCommit', 7, commitOf(group, topic, 3, { partition }))
    await s.ask('OffsetDelete', 0, deletion(group, topic, 0))
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic, { partitions: [0, 1] }))
    await s.ask('OffsetDelete', 0, deletion(group, topic, 0), { note: 'again' })
    await s.ask('OffsetDelete', 0, deletion(group, topic, 9), { note: 'unknown partition' })
    await s.ask('OffsetDelete', 0, deletion(group, s.named('none'), 0), { note: 'unknown topic' })
    await s.ask('OffsetDelete', 0, deletion(s.named('never'), topic, 0), { note: 'unknown group' })
    await s.ask('OffsetDelete', 0, deletion('', topic, 0), { note: 'no group' })
    await s.ask('OffsetDelete', 0, deletion(group, topic, 1), { note: 'the last one' })
    await s.ask('DescribeGroups', 4, { groups: [group] })
    await s.ask('OffsetDelete', 0, deletion(group, topic, 1), { note: 'the group is gone' })
  }),
  script('offsets of a subscribed topic stay', async (s) => {
    const topic = await s.topic()
    const other = await s.topic({ suffix: 'other' })
    const group = s.named('g')
    const metadata = subscription(topic)
    const { member, generation } = await stableAlone(s, group, { metadata })
    for (const each of [topic, other])
      await s.quietly('OffsetCommit', 7, commitOf(group, each, 3, { member, generation }))
    await s.ask('OffsetDelete', 0, deletion(group, topic, 0), { note: 'subscribed' })
    await s.ask('OffsetDelete', 0, deletion(group, other, 0), { note: 'another' })
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
    await s.ask('OffsetFetch', 5, offsetsOf(group, other))
  }),
  script('offsets of a group that is no consumer stay', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const { memberId: member, generationId: generation } = await s.quietly(
      'JoinGroup',
      3,
      joinOf(group, { type: 'connect', sessionMs: 6_000 }),
    )
    await s.quietly('SyncGroup', 3, syncOf(group, { member, generation }, { [member]: 'all' }))
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 3, { member, generation }))
    await s.ask('OffsetDelete', 0, deletion(group, topic, 0))
  }),
  script('a deleted group takes its offsets with it', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 3))
    await s.ask('DeleteGroups', 1, { groupsNames: [group] })
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
    await s.ask('ListGroups', 2, {})
  }),
  script('offsets survive the last member', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const { member, generation, client } = await joinedAlone(s, group)
    await client.quietly('SyncGroup', 3, syncOf(group, { member, generation }, { [member]: 'all' }))
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 8, { member, generation }))
    await client.quietly('LeaveGroup', 3, leaveOf(group, member))
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
    await s.ask('DescribeGroups', 4, { groups: [group] })
  }),
]
