import { ByteReader } from './byte-reader.js'

export interface ProducedPartition {
  readonly topic: string
  readonly partition: number
  /** Kafka's error code of this partition; 0 is stored. It concerns nobody else. */
  readonly errorCode: number
  readonly baseOffset: bigint
  /** Epoch milliseconds where the topic stamps records itself, else -1. */
  readonly logAppendTime: number
  readonly logStartOffset: bigint
}

export interface ProduceResponse {
  readonly throttleTimeMs: number
  readonly partitions: readonly ProducedPartition[]
}

/** Parses a Produce answer of version 3 to 7. Error codes are data; a malformed answer throws a `WireFault`. */
export function decodeProduceResponse(bytes: Buffer, version: number): ProduceResponse {
  const reader = new ByteReader(bytes)
  const partitions: ProducedPartition[] = []
  for (let topics = reader.readCount(6); topics > 0; topics -= 1) {
    const topic = reader.readString()
    for (let left = reader.readCount(22); left > 0; left -= 1) {
      partitions.push({
        topic,
        partition: reader.readInt32(),
        errorCode: reader.readInt16(),
        baseOffset: reader.readInt64(),
        logAppendTime: Number(reader.readInt64()),
        logStartOffset: version >= 5 ? reader.readInt64() : -1n,
      })
    }
  }
  return { throttleTimeMs: reader.readInt32(), partitions }
}
