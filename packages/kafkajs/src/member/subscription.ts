import { ByteReader } from '../wire/byte-reader.js'
import { WireFault } from '../wire/wire-fault.js'
import { decodeClaim, type OwnershipClaim } from './ownership-claim.js'

export interface Subscription {
  readonly topics: readonly string[]
  readonly claim?: OwnershipClaim
}

/** An INT16 length stands before each name. */
const MIN_TOPIC_BYTES = 2

/**
 * What a member of the group says when it joins, in the layout of Kafka's `ConsumerProtocolSubscription`, of which later
 * versions only add fields behind. Any client may be in the group: one that can't be read wants nothing, and nobody else
 * hears of it.
 */
export function decodeSubscription(metadata: Buffer): Subscription {
  const reader = new ByteReader(metadata)
  try {
    reader.readInt16() // version
    const topics = Array.from({ length: reader.readCount(MIN_TOPIC_BYTES) }, () => reader.readString())
    const length = reader.remaining === 0 ? -1 : reader.readInt32()
    const claim = length <= 0 ? undefined : decodeClaim(reader.take(length))
    return claim === undefined ? { topics } : { topics, claim }
  } catch (error) {
    if (error instanceof WireFault) return { topics: [] }
    throw error
  }
}
