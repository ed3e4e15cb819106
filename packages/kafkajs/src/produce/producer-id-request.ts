import { ByteReader } from '../wire/byte-reader.js'
import { ByteWriter } from '../wire/byte-writer.js'
import type { WireRequest } from './wire-broker.js'

export interface ProducerIdAnswer {
  readonly errorCode: number
  readonly producerId: bigint
  readonly epoch: number
}

/** InitProducerId without a transactional id: a fresh id from any broker. Versions 0 and 1 share their layout. */
export const producerIdRequest: WireRequest<ProducerIdAnswer> = {
  apiKey: 22,
  apiName: 'InitProducerId',
  versions: [0, 1],
  encode() {
    const writer = new ByteWriter(6)
    writer.writeString(null)
    writer.writeInt32(0x7fff_ffff) // transaction time-out: means nothing without a transactional id
    return writer.bytes
  },
  decode(payload) {
    const reader = new ByteReader(payload)
    reader.skip(4) // throttle time
    return { errorCode: reader.readInt16(), producerId: reader.readInt64(), epoch: reader.readInt16() }
  },
}
