import type { addOffsetsToTxnRequest, addOffsetsToTxnResponse } from '../protocol/messages/add-offsets-to-txn.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import { codeForVersion } from '../transactions/fenced-code.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof addOffsetsToTxnRequest>
type Response = Encodable<typeof addOffsetsToTxnResponse>

/** Begins the transaction if nothing else did. The group itself is not asked: it need not exist. */
export function createAddOffsetsToTxnHandler(deps: {
  transactions: Pick<TransactionCoordinator, 'addGroup'>
}): RequestHandler<Request, Response> {
  return ({ transactionalId, groupId, ...producer }, { apiVersion }) => ({
    errorCode: codeForVersion(deps.transactions.addGroup(transactionalId, producer, groupId), apiVersion, 2),
  })
}
