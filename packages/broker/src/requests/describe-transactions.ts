import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { TransactionView } from '../transactions/transaction-view.js'
import type { RequestHandler } from './answer.js'

type Request = RequestBody<'DescribeTransactions'>
type Response = ResponseBody<'DescribeTransactions'>
type Description = Response['transactionStates'][number]

/** Where Kafka keeps offsets: a transaction that has some counts a partition of it among its own. */
const offsetsTopic = '__consumer_offsets'

export function createDescribeTransactionsHandler({
  transactions,
}: {
  readonly transactions: Pick<TransactionCoordinator, 'describe'>
}): RequestHandler<Request, Response> {
  return ({ transactionalIds }) => ({
    transactionStates: transactionalIds.map((transactionalId) => {
      if (transactionalId === '') return unknown(transactionalId, errorCode.INVALID_REQUEST)
      const view = transactions.describe(transactionalId)
      return view === undefined
        ? unknown(transactionalId, errorCode.TRANSACTIONAL_ID_NOT_FOUND)
        : described(transactionalId, view)
    }),
  })
}

const described = (transactionalId: string, view: TransactionView): Description => ({
  errorCode: errorCode.NONE,
  transactionalId,
  transactionState: view.status,
  transactionTimeoutMs: view.timeoutMs,
  transactionStartTimeMs: BigInt(view.startedAt ?? -1),
  producerId: view.producerId,
  producerEpoch: view.producerEpoch,
  topics: topicsOf(view),
})

function topicsOf({ partitions, groups }: TransactionView): Description['topics'] {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
  if (groups.length > 0) byTopic.set(offsetsTopic, [0])
  return [...byTopic].map(([topic, own]) => ({ topic, partitions: own }))
}

const unknown = (transactionalId: string, code: number): Description => ({
  errorCode: code,
  transactionalId,
  transactionState: '',
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0n,
  producerId: 0n,
  producerEpoch: 0,
  topics: [],
})
