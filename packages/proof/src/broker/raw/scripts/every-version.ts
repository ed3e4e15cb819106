/** Every API in every version that is offered: a request that is good, one that is not, and the good one without its last byte. */
import { type ApiName, apis } from '@millrace/broker/protocol'
import { buildBatch } from '../build-batch.js'
import { framed } from '../raw-bytes.js'
import { type Asked, frameOf } from '../raw-connection.js'
import {
  commitOf,
  createTopics,
  fetchFrom,
  heartbeatOf,
  joinOf,
  leaveOf,
  listAt,
  newTopic,
  offsetsOf,
  produceTo,
  syncOf,
} from '../request-bodies.js'
import { type Script, script } from '../script.js'
import { stableAlone } from '../scripted-members.js'
import { scriptedProducer } from '../scripted-producer.js'
import type { Stage } from '../stage.js'

interface Requests<N extends ApiName> {
  readonly good: (version: number) => Asked<N>
  readonly bad: (version: number) => Asked<N>
}

/** Nothing behind the client's name: such a body cannot be cut. */
const emptyFrameBytes = 17
const closesMs = 5_000

function everyVersion<N extends ApiName>(api: N, prepare: (s: Stage) => Promise<Requests<N>> | Requests<N>): Script {
  return script(`${api} in every version: good, bad and cut short`, async (s) => {
    const { good, bad } = await prepare(s)
    const [first, last] = apis[api].accepted
    for (let version = first; version <= last; version += 1) {
      const client = await s.client()
      await client.watch(api, version, good(version), { note: 'good' })
      const other = await s.client()
      await other.watch(api, version, bad(version), { note: 'bad' })
      const frame = frameOf(api, version, good(version))
      if (frame.length > emptyFrameBytes + 1) {
        const third = await s.client()
        third.raw.write(framed(frame.subarray(4, -1)))
        await third.read(api, version, { note: 'cut short', forMs: closesMs })
      }
    }
  })
}

const recordScripts = [
  everyVersion('Produce', async (s) => {
    const topic = await s.topic()
    return { good: () => produceTo(topic, buildBatch()), bad: () => produceTo(topic, buildBatch({ crc: 1 })) }
  }),
  everyVersion('Fetch', async (s) => {
    const topic = await s.topic()
    await s.quietly('Produce', 7, produceTo(topic, buildBatch()))
    return { good: () => fetchFrom(topic, 0n), bad: () => fetchFrom(topic, 5n) }
  }),
  everyVersion('ListOffsets', async (s) => {
    const topic = await s.topic()
    return { good: () => listAt(topic, -1), bad: () => listAt(topic, -9) }
  }),
  everyVersion('DeleteRecords', async (s) => {
    const topic = await s.topic()
    const at = (offset: bigint) => ({
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset }] }],
      timeoutMs: 5_000,
    })
    return { good: () => at(0n), bad: () => at(9n) }
  }),
]

const adminScripts = [
  everyVersion('ApiVersions', () => ({
    good: () => ({ clientSoftwareName: 'raw', clientSoftwareVersion: '1' }),
    bad: () => ({ clientSoftwareName: '?', clientSoftwareVersion: '' }),
  })),
  everyVersion('Metadata', async (s) => {
    const topic = await s.topic()
    return {
      good: () => ({ topics: [{ name: topic }], allowAutoTopicCreation: true }),
      bad: () => ({ topics: [{ name: 'no name' }], allowAutoTopicCreation: true }),
    }
  }),
  everyVersion('FindCoordinator', (s) => ({
    good: () => ({ key: s.named('g') }),
    bad: (version) => ({ key: s.named('g'), ...(version > 0 && { keyType: 5 }) }),
  })),
  everyVersion('CreateTopics', (s) => ({
    good: (version) => createTopics([newTopic(s.named(`of-${version}`))], { validateOnly: true }),
    bad: () => createTopics([newTopic(s.named('bad'), { partitions: 0 })]),
  })),
  everyVersion('DeleteTopics', () => ({
    good: () => ({ topicNames: [], timeoutMs: 5_000 }),
    bad: () => ({ topicNames: ['no-such-topic'], timeoutMs: 5_000 }),
  })),
  everyVersion('CreatePartitions', async (s) => {
    const topic = await s.topic()
    const grow = (count: number) => ({
      topics: [{ name: topic, count, assignments: null }],
      timeoutMs: 5_000,
      validateOnly: true,
    })
    return { good: () => grow(2), bad: () => grow(1) }
  }),
  everyVersion('DescribeConfigs', async (s) => {
    const topic = await s.topic()
    const about = (resourceName: string) => ({
      resources: [{ resourceType: 2, resourceName, configurationKeys: ['retention.bytes'] }],
    })
    return { good: () => about(topic), bad: () => about(s.named('none')) }
  }),
  everyVersion('AlterConfigs', async (s) => {
    const topic = await s.topic()
    const set = (value: string) => ({
      resources: [{ resourceType: 2, resourceName: topic, configs: [{ name: 'retention.ms', value }] }],
      validateOnly: true,
    })
    return { good: () => set('1000'), bad: () => set('soon') }
  }),
  everyVersion('IncrementalAlterConfigs', async (s) => {
    const topic = await s.topic()
    const set = (value: string) => ({
      resources: [
        { resourceType: 2, resourceName: topic, configs: [{ name: 'retention.ms', configOperation: 0, value }] },
      ],
      validateOnly: true,
    })
    return { good: () => set('1000'), bad: () => set('soon') }
  }),
  everyVersion('DescribeAcls', () => {
    const filter = (resourceTypeFilter: number) => ({
      resourceTypeFilter,
      resourceNameFilter: null,
      principalFilter: null,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    })
    return { good: () => filter(1), bad: () => filter(99) }
  }),
  everyVersion('CreateAcls', () => {
    const acl = (resourceType: number) => ({
      creations: [{ resourceType, resourceName: 'x', principal: 'User:x', host: '*', operation: 2, permissionType: 3 }],
    })
    return { good: () => acl(2), bad: () => acl(1) }
  }),
  everyVersion('DeleteAcls', () => {
    const filter = (resourceTypeFilter: number) => ({
      filters: [
        {
          resourceTypeFilter,
          resourceNameFilter: null,
          principalFilter: null,
          hostFilter: null,
          operation: 1,
          permissionType: 1,
        },
      ],
    })
    return { good: () => filter(1), bad: () => filter(99) }
  }),
  everyVersion('SaslHandshake', () => ({ good: () => ({ mechanism: 'PLAIN' }), bad: () => ({ mechanism: 'NONE' }) })),
  everyVersion('SaslAuthenticate', () => ({
    good: () => ({ authBytes: Buffer.from('\0user\0password') }),
    bad: () => ({ authBytes: Buffer.alloc(0) }),
  })),
]

const groupScripts = [
  everyVersion('JoinGroup', (s) => ({
    good: (version) => joinOf(s.named(`of-${version}`), { sessionMs: 6_000 }),
    bad: () => joinOf(s.named('bad'), { sessionMs: 1 }),
  })),
  everyVersion('SyncGroup', async (s) => {
    const group = s.named('g')
    const member = await stableAlone(s, group)
    return { good: () => syncOf(group, member), bad: () => syncOf(group, { ...member, generation: 9 }) }
  }),
  everyVersion('Heartbeat', async (s) => {
    const group = s.named('g')
    const member = await stableAlone(s, group)
    return { good: () => heartbeatOf(group, member), bad: () => heartbeatOf(group, { ...member, generation: 9 }) }
  }),
  everyVersion('LeaveGroup', async (s) => {
    const members: string[] = []
    for (let version = 0; version <= 3; version += 1)
      members.push((await stableAlone(s, s.named(`of-${version}`))).member)
    return {
      good: (version) => leaveOf(s.named(`of-${version}`), members[version] ?? ''),
      bad: () => leaveOf(s.named('none'), 'nobody'),
    }
  }),
  everyVersion('OffsetCommit', async (s) => {
    const topic = await s.topic()
    return {
      good: () => commitOf(s.named('g'), topic, 5),
      bad: () => commitOf(s.named('g'), topic, 5, { generation: 4, member: 'x' }),
    }
  }),
  everyVersion('OffsetFetch', async (s) => {
    const topic = await s.topic()
    await s.quietly('OffsetCommit', 7, commitOf(s.named('g'), topic, 5))
    return {
      good: () => offsetsOf(s.named('g'), topic),
      bad: () => offsetsOf(s.named('none'), topic, { partitions: [7] }),
    }
  }),
  everyVersion('OffsetDelete', async (s) => {
    const topic = await s.topic()
    const remove = (groupId: string) => ({ groupId, topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }] })
    await s.quietly('OffsetCommit', 7, commitOf(s.named('g'), topic, 5))
    return { good: () => remove(s.named('g')), bad: () => remove(s.named('none')) }
  }),
  everyVersion('DescribeGroups', async (s) => {
    await stableAlone(s, s.named('g'))
    return { good: () => ({ groups: [s.named('g')] }), bad: () => ({ groups: [s.named('none')] }) }
  }),
  everyVersion('ListGroups', async (s) => {
    await stableAlone(s, s.named('g'))
    return { good: () => ({}), bad: (version) => (version >= 4 ? { statesFilter: ['Nonsense'] } : {}) }
  }),
  everyVersion('DeleteGroups', async (s) => {
    const topic = await s.topic()
    for (const version of [0, 1]) await s.quietly('OffsetCommit', 7, commitOf(s.named(`of-${version}`), topic, 5))
    return {
      good: (version) => ({ groupsNames: [s.named(`of-${version}`)] }),
      bad: () => ({ groupsNames: [s.named('none')] }),
    }
  }),
]

const transactionScripts = [
  everyVersion('InitProducerId', (s) => ({
    good: () => ({ transactionalId: s.named('id'), transactionTimeoutMs: 60_000 }),
    bad: () => ({ transactionalId: s.named('id'), transactionTimeoutMs: 0 }),
  })),
  everyVersion('DescribeTransactions', async (s) => {
    const { id } = await scriptedProducer(s, s.named('id'))
    return { good: () => ({ transactionalIds: [id] }), bad: () => ({ transactionalIds: [s.named('none')] }) }
  }),
  everyVersion('ListTransactions', async (s) => {
    await scriptedProducer(s, s.named('id'))
    const list = (...stateFilters: string[]) => ({ stateFilters, producerIdFilters: [] })
    return { good: () => list(), bad: () => list('Nonsense') }
  }),
  everyVersion('AddPartitionsToTxn', async (s) => {
    const topic = await s.topic()
    const a = await scriptedProducer(s, s.named('id'))
    return { good: () => a.addPartitions({ [topic]: [0] }), bad: () => a.addPartitions({ [topic]: [9] }) }
  }),
  everyVersion('AddOffsetsToTxn', async (s) => {
    const a = await scriptedProducer(s, s.named('id'))
    return { good: () => a.addOffsets(s.named('g')), bad: () => a.addOffsets(s.named('g'), { pid: a.pid + 9_000n }) }
  }),
  everyVersion('EndTxn', async (s) => {
    const topic = await s.topic()
    const all = await Promise.all([0, 1, 2].map((version) => scriptedProducer(s, s.named(`of-${version}`))))
    for (const each of all) await s.quietly('AddPartitionsToTxn', 1, each.addPartitions({ [topic]: [0] }))
    return {
      good: (version) => all[version]?.end(true) ?? unknownEnd,
      bad: (version) => all[version]?.end(true, { id: s.named('none') }) ?? unknownEnd,
    }
  }),
  everyVersion('TxnOffsetCommit', async (s) => {
    const topic = await s.topic()
    const a = await scriptedProducer(s, s.named('id'))
    await s.quietly('AddOffsetsToTxn', 1, a.addOffsets(s.named('g')))
    return { good: () => a.stage(s.named('g'), topic, 4), bad: () => a.stage(s.named('g'), s.named('none'), 4) }
  }),
]

const unknownEnd: Asked<'EndTxn'> = { transactionalId: '', producerId: -1n, producerEpoch: -1, committed: true }

export const everyVersionScripts: readonly Script[] = [
  ...recordScripts,
  ...adminScripts,
  ...groupScripts,
  ...transactionScripts,
]
