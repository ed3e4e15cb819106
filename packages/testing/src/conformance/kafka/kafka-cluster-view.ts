import { TestKitError } from '../../brokers/test-kit-error.js'
import type { GroupMember } from '../../brokers/kafka-admin.js'
import type { SharedBroker } from '../../brokers/shared-broker.js'
import { uniqueName } from '../../brokers/unique-name.js'
import type { FixtureRecord } from '../../reader/fixture-record.js'
import type { ClusterRecord, ClusterView } from '../cluster-view.js'
import { createCompacted } from './create-compacted.js'
import { evictMembers } from './evict-members.js'

/** A Kafka through its own Java clients. */
export function createKafkaClusterView(
  { bootstrap, admin, probe }: Pick<SharedBroker, 'bootstrap' | 'admin' | 'probe'>,
  { limitMs, mayAlterBrokers }: { readonly limitMs: number; readonly mayAlterBrokers: boolean },
): ClusterView {
  return {
    canTransact: true,
    createTopic: (topic, { partitions, maxMessageBytes, retentionMs = -1 }) =>
      admin.createTopic(topic, {
        partitions,
        configs: {
          'retention.ms': String(retentionMs), // records of 1970 are welcome
          ...(maxMessageBytes === undefined ? {} : { 'max.message.bytes': String(maxMessageBytes) }),
        },
      }),
    deleteTopic: (topic) => admin.deleteTopic(topic),
    topicNames: () => admin.listTopics(),
    ...recordsThrough(probe),
    endOffsets: (topic) => admin.endOffsets(topic, { isolation: 'read_committed' }),
    deleteRecords: (topic, partition, before) => admin.deleteRecords(topic, new Map([[partition, before]])),
    ...groupsThrough({ bootstrap, admin }, limitMs),
    ...(mayAlterBrokers
      ? { createCompacted: (topic: string) => createCompacted({ admin, probe }, topic, limitMs) }
      : {}),
  }
}

const recordsThrough = (probe: SharedBroker['probe']): Pick<ClusterView, 'write' | 'openTransaction' | 'read'> => ({
  async write(topic, records, { transaction, compression = 'none' } = {}) {
    const wrapped =
      transaction === undefined ? {} : { transaction: { id: uniqueName('tx'), outcome: transaction } as const }
    const written = await probe.produce(topic, records.map(toFixture), { compression, ...wrapped })
    return written.map(({ offset }) => offset)
  },
  async openTransaction(topic, records, offsets) {
    const producer = await probe.transactional(uniqueName('tx'))
    await producer.begin()
    if (records.length > 0) await producer.send(topic, records.map(toFixture))
    if (offsets !== undefined) await producer.sendOffsets(offsets.group, offsets.topic, offsets.offsets)
    const end = async (how: 'commit' | 'abort'): Promise<void> => {
      await producer[how]()
      await producer.close()
    }
    return { commit: () => end('commit'), abort: () => end('abort') }
  },
  async read(topic) {
    const found = await probe.read(topic)
    return found.map(({ timestamp, timestampType: _type, ...record }) => ({
      ...record,
      timestamp: Number(timestamp),
    }))
  },
})

function groupsThrough(
  { bootstrap, admin }: Pick<SharedBroker, 'bootstrap' | 'admin'>,
  limitMs: number,
): Pick<ClusterView, 'committed' | 'setCommitted' | 'members' | 'evict'> {
  const membersOf = async (group: string): Promise<readonly GroupMember[]> => {
    try {
      return (await admin.describeGroup(group)).members
    } catch (error) {
      // A group that never had a member, or lost its last one and its offsets.
      if (error instanceof TestKitError && error.kafkaError === 'GroupIdNotFoundException') return []
      throw error
    }
  }
  return {
    committed: (group) => admin.committed(group),
    setCommitted: (group, { topic, partition }, offset) =>
      admin.setCommitted(group, topic, new Map([[partition, offset]])),
    members: async (group) => (await membersOf(group)).map(({ assignment }) => assignment),
    async evict(group) {
      const ids = (await membersOf(group)).map(({ memberId }) => memberId)
      await evictMembers(bootstrap, group, ids, limitMs)
    },
  }
}

const toFixture = ({ partition = 0, key = null, value, headers = [], timestamp }: ClusterRecord): FixtureRecord => ({
  partition,
  key,
  value,
  headers: headers.map(([name, content]) => [name.toString('utf8'), content]),
  ...(timestamp === undefined ? {} : { timestamp }),
})
