import type { endTxnRequest, endTxnResponse } from '../protocol/messages/end-txn.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import { codeForVersion } from '../transactions/fenced-code.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof endTxnRequest>
type Response = Encodable<typeof endTxnResponse>

/** 0 says that the outcome is decided. Readers and groups see it when the markers are written. */
export function createEndTxnHandler(deps: {
  transactions: Pick<TransactionCoordinator, 'end'>
}): RequestHandler<Request, Response> {
  return ({ transactionalId, committed, ...producer }, { apiVersion }) => ({
    errorCode: codeForVersion(deps.transactions.end(transactionalId, producer, committed), apiVersion, 2),
  })
}
