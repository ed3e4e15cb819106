import type { ClusterNode } from '../../produce/metadata-request.js'
import type { WireRequest } from '../../produce/wire-broker.js'
import { ByteReader } from '../../wire/byte-reader.js'
import { ByteWriter, sizeOfString } from '../../wire/byte-writer.js'

/** Whom a coordinator is for. */
export interface Coordinated {
  readonly kind: 'group' | 'transaction'
  /** The group's name, or the transactional id. */
  readonly key: string
}

export interface FoundCoordinator {
  readonly errorCode: number
  /** Means nothing with an error. */
  readonly node: ClusterNode
}

/** Versions 1 and 2 share their layout. */
export const findCoordinatorRequest = ({ kind, key }: Coordinated): WireRequest<FoundCoordinator> => ({
  apiKey: 10,
  apiName: 'FindCoordinator',
  versions: [1, 2],
  encode() {
    const writer = new ByteWriter(sizeOfString(key) + 1)
    writer.writeString(key)
    writer.writeInt8(kind === 'group' ? 0 : 1)
    return writer.bytes
  },
  decode(payload) {
    const reader = new ByteReader(payload)
    reader.skip(4) // throttle time
    const errorCode = reader.readInt16()
    const messageLength = reader.readInt16()
    if (messageLength > 0) reader.skip(messageLength)
    return { errorCode, node: { nodeId: reader.readInt32(), host: reader.readString(), port: reader.readInt32() } }
  },
})
