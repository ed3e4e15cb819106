import { errorCode } from '../protocol/error-codes.js'
import type { findCoordinatorRequest, findCoordinatorResponse } from '../protocol/messages/find-coordinator.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof findCoordinatorRequest>
type Response = Encodable<typeof findCoordinatorResponse>

const groupKey = 0
const transactionKey = 1

const invalidRequest =
  'This most likely occurs because of a request being malformed by the client library or the message was sent to an ' +
  'incompatible broker. See the broker logs for more details.'

/** One broker coordinates everything. Where nothing is wrong, Kafka's message says `NONE`. */
export function createFindCoordinatorHandler(deps: {
  readonly nodeId: number
  /** Where clients reach this node: known once it listens. */
  address(): { host: string; port: number }
}): RequestHandler<Request, Response> {
  return ({ keyType }, { advertised }) => {
    if (keyType !== groupKey && keyType !== transactionKey) {
      return { errorCode: errorCode.INVALID_REQUEST, errorMessage: invalidRequest, nodeId: -1, host: '', port: -1 }
    }
    const { host, port } = advertised ?? deps.address()
    return { errorCode: errorCode.NONE, errorMessage: 'NONE', nodeId: deps.nodeId, host, port }
  }
}
