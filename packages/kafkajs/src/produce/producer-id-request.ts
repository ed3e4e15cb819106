import { ByteReader } from '../wire/byte-reader.js'
import { ByteWriter, sizeOfString } from '../wire/byte-writer.js'
import type { WireRequest } from './wire-broker.js'

export interface ProducerIdAnswer {
  readonly errorCode: number
  readonly producerId: bigint
  readonly epoch: number
}

/** Who a transactional producer is, and after which time a transaction of it is aborted by the broker. */
export interface TransactionalProducerId {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
}

const NOT_TRANSACTIONAL = { transactionalId: null, transactionTimeoutMs: 0x7fff_ffff } // the time-out means nothing then

/**
 * InitProducerId: a fresh id from any broker, or, from its coordinator, the id of a transactional producer with the next epoch, which
 * fences whoever has an earlier one and aborts what that one has open. Versions 0 and 1 share their layout.
 */
const requestFor = ({
  transactionalId,
  transactionTimeoutMs,
}: TransactionalProducerId | typeof NOT_TRANSACTIONAL): WireRequest<ProducerIdAnswer> => ({
  apiKey: 22,
  apiName: 'InitProducerId',
  versions: [0, 1],
  encode() {
    const writer = new ByteWriter(sizeOfString(transactionalId) + 4)
    writer.writeString(transactionalId)
    writer.writeInt32(transactionTimeoutMs)
    return writer.bytes
  },
  decode(payload) {
    const reader = new ByteReader(payload)
    reader.skip(4) // throttle time
    return { errorCode: reader.readInt16(), producerId: reader.readInt64(), epoch: reader.readInt16() }
  },
})

export const producerIdRequest = requestFor(NOT_TRANSACTIONAL)

export const transactionalProducerIdRequest = (producer: TransactionalProducerId): WireRequest<ProducerIdAnswer> =>
  requestFor(producer)
