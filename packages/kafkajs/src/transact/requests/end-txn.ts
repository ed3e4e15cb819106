import type { WireRequest } from '../../produce/wire-broker.js'
import { ByteWriter } from '../../wire/byte-writer.js'
import { readErrorCode, sizeOfScope, type TransactionScope, writeScope } from './transaction-scope.js'

/** EndTxn: answered with an error code. Versions 0 and 1 share their layout; neither changes the epoch (K4). */
export const endTxnRequest = (scope: TransactionScope, outcome: 'commit' | 'abort'): WireRequest<number> => ({
  apiKey: 26,
  apiName: 'EndTxn',
  versions: [0, 1],
  encode() {
    const writer = new ByteWriter(sizeOfScope(scope) + 1)
    writeScope(writer, scope)
    writer.writeInt8(outcome === 'commit' ? 1 : 0)
    return writer.bytes
  },
  decode: readErrorCode,
})
