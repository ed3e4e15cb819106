import { commitOf, leaveOf, offsetsOf, syncOf } from '../request-bodies.js'
import { script } from '../script.js'
import { joinedPair, stableAlone } from '../scripted-members.js'
import { type ScriptedProducer, scriptedProducer } from '../scripted-producer.js'
import type { Stage } from '../stage.js'

const stranger = 'nobody'
const instance = 'one'

/** A producer that has added the group to its transaction. */
async function adding(s: Stage, group: string): Promise<ScriptedProducer> {
  const producer = await scriptedProducer(s, s.named('id'))
  await s.quietly('AddOffsetsToTxn', 1, producer.addOffsets(group))
  return producer
}

async function show(s: Stage, group: string, topic: string | null, note: string): Promise<void> {
  for (const requireStable of [false, true]) {
    await s.ask('OffsetFetch', 7, offsetsOf(group, topic, { requireStable }), {
      note: `${note}, ${requireStable ? 'stable' : 'any'}`,
    })
  }
}

export const transactionalOffsetScripts = [
  // The Kafka that is asked keeps all groups in one partition of its offsets topic.
  script('offsets of a group that was never added', async (s) => {
    const topic = await s.topic()
    const [group, other] = [s.named('g'), s.named('other')]
    const a = await adding(s, group)
    await s.ask('TxnOffsetCommit', 3, a.stage(other, topic, 8))
    await a.finish(s, true)
    await s.ask('OffsetFetch', 5, offsetsOf(other, topic))
  }),
  script('pending offsets are seen by nobody, and known to those who ask for stable ones', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 3))
    const a = await adding(s, group)
    await show(s, group, topic, 'before')
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 8, { metadata: 'pending' }))
    await show(s, group, topic, 'pending')
    await show(s, group, null, 'pending, all')
    await a.finish(s, true)
    await show(s, group, topic, 'committed')
  }),
  script('an abort leaves the old offset', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 3))
    const a = await adding(s, group)
    await s.quietly('TxnOffsetCommit', 3, a.stage(group, topic, 8))
    await a.finish(s, false)
    await show(s, group, topic, 'aborted')
  }),
  script('the last of several pending offsets counts', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    const a = await adding(s, group)
    for (const offset of [5, 9, 7]) await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, offset))
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 4, { partition: 1 }))
    await a.finish(s, true)
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic, { partitions: [0, 1] }))
  }),
  script('a plain commit while offsets are pending', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const a = await adding(s, group)
    await s.quietly('TxnOffsetCommit', 3, a.stage(group, topic, 8))
    await s.ask('OffsetCommit', 7, commitOf(group, topic, 12))
    await show(s, group, topic, 'pending')
    await a.finish(s, true)
    await show(s, group, topic, 'committed')
  }),
  script('two producers have pending offsets for one partition', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const a = await adding(s, group)
    const b = await scriptedProducer(s, s.named('other'))
    await s.quietly('AddOffsetsToTxn', 1, b.addOffsets(group))
    await s.quietly('TxnOffsetCommit', 3, a.stage(group, topic, 4))
    await s.quietly('TxnOffsetCommit', 3, b.stage(group, topic, 6))
    await b.finish(s, true)
    await show(s, group, topic, 'b committed')
    await a.finish(s, true)
    await show(s, group, topic, 'a committed')
  }),
  script('an active group does not fence old versions', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await stableAlone(s, group)
    const a = await adding(s, group)
    for (const version of [0, 1, 2]) await s.ask('TxnOffsetCommit', version, a.stage(group, topic, 1))
    await a.finish(s, true)
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('an active group fences version 3', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const { member, generation } = await stableAlone(s, group)
    const a = await adding(s, group)
    const commit = (note: string, as: { member?: string; generation?: number; instance?: string }) =>
      s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 1, as), { note })
    await commit('its own', { member, generation })
    await commit('a later generation', { member, generation: generation + 1 })
    await commit('an earlier generation', { member, generation: generation - 1 })
    await commit('a stranger', { member: stranger, generation })
    await commit('nobody', { generation })
    await commit('simple', {})
    await commit('no generation', { member })
    await commit('a stranger without generation', { member: stranger })
    await commit('an unknown name', { member, generation, instance })
    await a.finish(s, true)
  }),
  script('between join and sync version 3 is taken', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const [{ member, generation }] = await joinedPair(s, group)
    const a = await adding(s, group)
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 1, { member, generation }), { note: 'the new generation' })
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 1, { member, generation: generation - 1 }), {
      note: 'the last one',
    })
    await a.finish(s, true)
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('version 3 to an empty group and to none', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const { member, generation, client } = await stableAlone(s, group)
    await client.quietly('LeaveGroup', 3, leaveOf(group, member))
    const a = await adding(s, group)
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 1, { member, generation }), { note: 'its old id' })
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 1), { note: 'simple' })
    const never = s.named('never')
    await s.quietly('AddOffsetsToTxn', 1, a.addOffsets(never))
    await s.ask('TxnOffsetCommit', 3, a.stage(never, topic, 1, { member: stranger, generation: 1 }), {
      note: 'a group that never was',
    })
    await s.ask('TxnOffsetCommit', 3, a.stage(never, topic, 1), { note: 'a group that never was, simple' })
    await s.ask('DescribeGroups', 4, { groups: [never] })
    await a.finish(s, true)
    await s.ask('DescribeGroups', 4, { groups: [never] })
  }),
  script('static members are fenced by version 3', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const { member, generation, client } = await stableAlone(s, group, { instance })
    const a = await adding(s, group)
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 1, { member, generation, instance }), { note: 'its own' })
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 1, { member: stranger, generation, instance }), {
      note: 'a stranger with its name',
    })
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 1, { member, generation, instance: 'other' }), {
      note: 'an unknown name',
    })
    await client.quietly('SyncGroup', 3, syncOf(group, { member, generation, instance }))
    await a.finish(s, true)
  }),
  script('a group with pending offsets is deleted, and nothing comes back', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 3))
    const a = await adding(s, group)
    await s.quietly('TxnOffsetCommit', 3, a.stage(group, topic, 8))
    await s.ask('DeleteGroups', 1, { groupsNames: [group] })
    await show(s, group, topic, 'deleted')
    await a.finish(s, true)
    await show(s, group, topic, 'committed')
    await s.ask('DescribeGroups', 4, { groups: [group] })
  }),
  script('deleting an offset while another is pending', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.quietly('OffsetCommit', 7, commitOf(group, topic, 3))
    const a = await adding(s, group)
    await s.quietly('TxnOffsetCommit', 3, a.stage(group, topic, 8))
    await s.ask('OffsetDelete', 0, { groupId: group, topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }] })
    await show(s, group, topic, 'deleted')
    await a.finish(s, true)
    await show(s, group, topic, 'committed')
  }),
  script('what lasts too long loses its offsets', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const a = await scriptedProducer(s, s.named('id'), 600)
    await s.quietly('AddOffsetsToTxn', 1, a.addOffsets(group))
    await s.quietly('TxnOffsetCommit', 3, a.stage(group, topic, 8))
    const unstable = 88
    for (let tries = 0; tries < 250; tries += 1) {
      const { topics } = await s.quietly('OffsetFetch', 7, offsetsOf(group, topic, { requireStable: true }))
      if (topics[0]?.partitions[0]?.errorCode !== unstable) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await show(s, group, topic, 'aborted')
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, 9), { note: 'too late' })
  }),
]
