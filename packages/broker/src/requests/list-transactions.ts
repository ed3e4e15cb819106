import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { RequestHandler } from './answer.js'

type Request = RequestBody<'ListTransactions'>
type Response = ResponseBody<'ListTransactions'>

/** Kafka's, with two that this broker is never in. */
const knownStates: ReadonlySet<string> = new Set([
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
])

/** An empty filter lets everything through; a state that does not exist is told and lets nothing through. */
export function createListTransactionsHandler({
  transactions,
}: {
  readonly transactions: Pick<TransactionCoordinator, 'list'>
}): RequestHandler<Request, Response> {
  return ({ stateFilters, producerIdFilters }) => ({
    errorCode: errorCode.NONE,
    unknownStateFilters: stateFilters.filter((state) => !knownStates.has(state)),
    transactionStates: transactions
      .list()
      .filter(({ status }) => stateFilters.length === 0 || stateFilters.includes(status))
      .filter(({ producerId }) => producerIdFilters.length === 0 || producerIdFilters.includes(producerId))
      .map(({ transactionalId, producerId, status }) => ({ transactionalId, producerId, transactionState: status })),
  })
}
