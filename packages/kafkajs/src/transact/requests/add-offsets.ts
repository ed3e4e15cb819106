import type { WireRequest } from '../../produce/wire-broker.js'
import { ByteWriter, sizeOfString } from '../../wire/byte-writer.js'
import { readErrorCode, sizeOfScope, type TransactionScope, writeScope } from './transaction-scope.js'

/** AddOffsetsToTxn: makes the group's offsets part of the transaction. Answered with an error code. Versions 0 and 1 share their layout. */
export const addOffsetsRequest = (scope: TransactionScope, group: string): WireRequest<number> => ({
  apiKey: 25,
  apiName: 'AddOffsetsToTxn',
  versions: [0, 1],
  encode() {
    const writer = new ByteWriter(sizeOfScope(scope) + sizeOfString(group))
    writeScope(writer, scope)
    writer.writeString(group)
    return writer.bytes
  },
  decode: readErrorCode,
})
