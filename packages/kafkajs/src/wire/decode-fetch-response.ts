import type { AbortedTransaction } from './aborted-filter.js'
import { ByteReader } from './byte-reader.js'
import type { FetchedRecords, Inflation } from './decode-partition.js'

export interface FetchedPartition extends FetchedRecords {
  readonly topic: string
  readonly partition: number
  /** Kafka's error code of this partition; 0 is none. It concerns nobody else. */
  readonly errorCode: number
  readonly logStartOffset: bigint
}

export interface FetchResponse {
  readonly throttleTimeMs: number
  /** Error of the whole answer (version 7 and up); 0 is none. */
  readonly errorCode: number
  readonly partitions: readonly FetchedPartition[]
}

/** Parses a Fetch answer of version 4 to 11. Records stay views into `bytes`; a malformed answer throws a `WireFault`. */
export function decodeFetchResponse(bytes: Buffer, version: number): FetchResponse {
  const reader = new ByteReader(bytes)
  const throttleTimeMs = reader.readInt32()
  const errorCode = version >= 7 ? reader.readInt16() : 0
  if (version >= 7) reader.readInt32() // session id: no fetch sessions are used
  const partitions: FetchedPartition[] = []
  const inflation: Inflation = { bytes: 0 }
  for (let topics = reader.readCount(6); topics > 0; topics -= 1) {
    const topic = reader.readString()
    for (let left = reader.readCount(30); left > 0; left -= 1) {
      partitions.push({ topic, ...readPartition(reader, version), inflation })
    }
  }
  return { throttleTimeMs, errorCode, partitions }
}

function readPartition(reader: ByteReader, version: number): Omit<FetchedPartition, 'topic'> {
  const partition = reader.readInt32()
  const errorCode = reader.readInt16()
  const highWatermark = reader.readInt64()
  const lastStableOffset = reader.readInt64()
  const logStartOffset = version >= 5 ? reader.readInt64() : -1n
  const abortedTransactions: AbortedTransaction[] = []
  for (let left = reader.readCount(16); left > 0; left -= 1) {
    abortedTransactions.push({ producerId: reader.readInt64(), firstOffset: reader.readInt64() })
  }
  if (version >= 11) reader.readInt32() // preferred read replica: no rack is sent
  const length = reader.readInt32()
  const records = length === -1 ? null : reader.take(length)
  return { partition, errorCode, highWatermark, lastStableOffset, logStartOffset, abortedTransactions, records }
}
