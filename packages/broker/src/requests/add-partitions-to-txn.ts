import { errorCode } from '../protocol/error-codes.js'
import type {
  addPartitionsToTxnRequest,
  addPartitionsToTxnResponse,
} from '../protocol/messages/add-partitions-to-txn.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import { codeForVersion } from '../transactions/fenced-code.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { TransactionPartition } from '../transactions/transaction-state.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof addPartitionsToTxnRequest>
type Response = Encodable<typeof addPartitionsToTxnResponse>

/**
 * One partition that does not exist, and none is added: 3 for it, 55 for the others, whoever asks. That answer names each partition
 * once, the missing ones first; any other names them as the request does.
 */
export function createAddPartitionsToTxnHandler(deps: {
  transactions: Pick<TransactionCoordinator, 'addPartitions'>
  hasPartition: (topic: string, partition: number) => boolean
}): RequestHandler<Request, Response> {
  return (request, { apiVersion }) => {
    const {
      v3AndBelowTopics: topics,
      v3AndBelowTransactionalId,
      v3AndBelowProducerId,
      v3AndBelowProducerEpoch,
    } = request
    const partitions = eachOnce(topics)
    const exists = ({ topic, partition }: TransactionPartition) => deps.hasPartition(topic, partition)
    const missing = partitions.filter((each) => !exists(each))
    if (missing.length > 0) return notAttempted(missing, partitions.filter(exists))

    const producer = { producerId: v3AndBelowProducerId, producerEpoch: v3AndBelowProducerEpoch }
    const code = deps.transactions.addPartitions(v3AndBelowTransactionalId, producer, partitions)
    const partitionErrorCode = codeForVersion(code, apiVersion, 2)
    return {
      resultsByTopicV3AndBelow: topics.map(({ name, partitions: indexes }) => ({
        name,
        resultsByPartition: indexes.map((partitionIndex) => ({ partitionIndex, partitionErrorCode })),
      })),
    }
  }
}

function eachOnce(topics: Request['v3AndBelowTopics']): TransactionPartition[] {
  const byTopic = new Map<string, Set<number>>()
  for (const { name, partitions } of topics) {
    const indexes = byTopic.get(name) ?? new Set()
    for (const index of partitions) indexes.add(index)
    byTopic.set(name, indexes)
  }
  return [...byTopic].flatMap(([topic, indexes]) => Array.from(indexes, (partition) => ({ topic, partition })))
}

function notAttempted(missing: readonly TransactionPartition[], others: readonly TransactionPartition[]): Response {
  const result = ({ topic, partition }: TransactionPartition, partitionErrorCode: number) => ({
    topic,
    result: { partitionIndex: partition, partitionErrorCode },
  })
  const results = [
    ...missing.map((each) => result(each, errorCode.UNKNOWN_TOPIC_OR_PARTITION)),
    ...others.map((each) => result(each, errorCode.OPERATION_NOT_ATTEMPTED)),
  ]
  return {
    resultsByTopicV3AndBelow: Array.from(
      Map.groupBy(results, ({ topic }) => topic),
      ([name, own]) => ({ name, resultsByPartition: own.map((each) => each.result) }),
    ),
  }
}
