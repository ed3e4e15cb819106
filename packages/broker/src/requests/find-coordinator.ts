import { errorCode } from '../protocol/error-codes.js'
import type { findCoordinatorRequest, findCoordinatorResponse } from '../protocol/messages/find-coordinator.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof findCoordinatorRequest>
type Response = Encodable<typeof findCoordinatorResponse>

/** Where a client finds this broker. */
export interface CoordinatorNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

const groupKey = 0
const transactionKey = 1

const invalidRequest =
  'This most likely occurs because of a request being malformed by the client library or the message was sent to an ' +
  'incompatible broker. See the broker logs for more details.'

/** One broker coordinates everything; Kafka spells the missing error out as `NONE`. */
export function createFindCoordinatorHandler(deps: { node(): CoordinatorNode }): RequestHandler<Request, Response> {
  return ({ keyType }) => {
    if (keyType !== groupKey && keyType !== transactionKey) {
      return { errorCode: errorCode.INVALID_REQUEST, errorMessage: invalidRequest, nodeId: -1, host: '', port: -1 }
    }
    const { nodeId, host, port } = deps.node()
    return { errorCode: errorCode.NONE, errorMessage: 'NONE', nodeId, host, port }
  }
}
