import { type BatchToBuild, buildBatch } from '../../log/test-support/build-batch.js'
import type { RawClient } from '../../server/test-support/raw-client.js'

/** Bodies of requests that tests of faults send over and over. */
export const produce = (
  topic: string,
  values: readonly string[],
  { partition = 0, acks = -1, ...batch }: ProduceFacts = {},
) => ({
  acks,
  timeoutMs: 1_000,
  transactionalId: batch.transactional === true ? 'tx' : null,
  topicData: [
    {
      name: topic,
      partitionData: [
        { index: partition, records: buildBatch({ records: values.map((value) => ({ value })), ...batch }) },
      ],
    },
  ],
})

interface ProduceFacts extends BatchToBuild {
  readonly partition?: number
  readonly acks?: number
}

export const fetch = (topic: string, fetchOffset = 0n, { partition = 0, maxWaitMs = 0 } = {}) => ({
  replicaId: -1,
  maxWaitMs,
  minBytes: 1,
  topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
})

const join = (groupId: string, memberId = '') => ({
  groupId,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.from('m') }],
})

/** Joins a group alone and brings it to Stable. */
export async function joinAlone({ ask }: Pick<RawClient, 'ask'>, groupId: string) {
  const given = await ask('JoinGroup', 5, join(groupId))
  const { memberId, generationId } = await ask('JoinGroup', 5, join(groupId, given.memberId))
  const assignments = [{ memberId, assignment: Buffer.from('a') }]
  await ask('SyncGroup', 3, { groupId, generationId, memberId, assignments })
  return { groupId, memberId, generationId }
}

/** Gets a producer id for `tx` and begins a transaction on one partition. */
export async function beginTransaction({ ask }: Pick<RawClient, 'ask'>, topic: string) {
  const { producerId, producerEpoch } = await ask('InitProducerId', 1, {
    transactionalId: 'tx',
    transactionTimeoutMs: 60_000,
  })
  const producer = { producerId, producerEpoch }
  await ask('AddPartitionsToTxn', 1, {
    v3AndBelowTransactionalId: 'tx',
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: [{ name: topic, partitions: [0] }],
  })
  return producer
}
