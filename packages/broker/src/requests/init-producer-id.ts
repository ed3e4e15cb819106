import { errorCode } from '../protocol/error-codes.js'
import type { initProducerIdRequest, initProducerIdResponse } from '../protocol/messages/init-producer-id.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import { codeForVersion } from '../transactions/fenced-code.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import { noProducerEpoch, noProducerId } from '../transactions/transaction-state.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof initProducerIdRequest>
type Response = Encodable<typeof initProducerIdResponse>

export function createInitProducerIdHandler(deps: {
  transactions: Pick<TransactionCoordinator, 'initializeProducer'>
}): RequestHandler<Request, Response> {
  return ({ transactionalId, transactionTimeoutMs: timeoutMs, producerId, producerEpoch }, { apiVersion }) => {
    const namesId = producerId !== noProducerId
    if (namesId !== (producerEpoch !== noProducerEpoch)) {
      return { errorCode: errorCode.INVALID_REQUEST, producerId: noProducerId, producerEpoch: noProducerEpoch }
    }
    const expected = namesId ? { producerId, producerEpoch } : undefined
    const answer = deps.transactions.initializeProducer({ transactionalId, timeoutMs, expected })
    return { ...answer, errorCode: codeForVersion(answer.errorCode, apiVersion, 4) }
  }
}
