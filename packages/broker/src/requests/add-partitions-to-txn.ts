import { errorCode } from '../protocol/error-codes.js'
import type { addPartitionsToTxnRequest, addPartitionsToTxnResponse } from '../protocol/messages/add-partitions-to-txn.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import { codeForVersion } from '../transactions/fenced-code.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { TransactionPartition } from '../transactions/transaction-state.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof addPartitionsToTxnRequest>
type Response = Encodable<typeof addPartitionsToTxnResponse>

/** One partition that does not exist, and none is added: 3 for it, 55 for the others, whoever asks. */
export function createAddPartitionsToTxnHandler(deps: {
  transactions: Pick<TransactionCoordinator, 'addPartitions'>
  hasPartition(topic: string, partition: number): boolean
}): RequestHandler<Request, Response> {
  return (request, { apiVersion }) => {
    const partitions = eachPartitionOnce(request.v3AndBelowTopics)
    const exists = ({ topic, partition }: TransactionPartition) => deps.hasPartition(topic, partition)
    if (!partitions.every(exists)) {
      return answer(partitions, (each) =>
        exists(each) ? errorCode.OPERATION_NOT_ATTEMPTED : errorCode.UNKNOWN_TOPIC_OR_PARTITION,
      )
    }
    const { v3AndBelowTransactionalId, v3AndBelowProducerId, v3AndBelowProducerEpoch } = request
    const producer = { producerId: v3AndBelowProducerId, producerEpoch: v3AndBelowProducerEpoch }
    const code = deps.transactions.addPartitions(v3AndBelowTransactionalId, producer, partitions)
    return answer(partitions, () => codeForVersion(code, apiVersion, 2))
  }
}

function eachPartitionOnce(topics: Request['v3AndBelowTopics']): TransactionPartition[] {
  const byTopic = new Map<string, Set<number>>()
  for (const { name, partitions } of topics) {
    byTopic.set(name, new Set([...(byTopic.get(name) ?? []), ...partitions]))
  }
  return [...byTopic].flatMap(([topic, partitions]) => [...partitions].map((partition) => ({ topic, partition })))
}

function answer(partitions: readonly TransactionPartition[], codeOf: (each: TransactionPartition) => number): Response {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
  return {
    resultsByTopicV3AndBelow: Array.from(byTopic, ([name, own]) => ({
      name,
      resultsByPartition: own.map((each) => ({ partitionIndex: each.partition, partitionErrorCode: codeOf(each) })),
    })),
  }
}
