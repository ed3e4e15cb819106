import { readMarkerKey, readRecords } from '@millrace/broker/records'
import type { Answered, Asked, Link } from './link.js'
import { claim } from './violation.js'

/** One batch as a reader understands it. */
export interface ReadBatch {
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly isTransactional: boolean
  /** Undefined: a batch of data. */
  readonly marker: 'commit' | 'abort' | undefined
  readonly maxTimestamp: bigint
  readonly records: readonly { readonly offset: bigint; readonly value: string; readonly timestamp: bigint }[]
}

const overhead = 61
export const topic = 'model'

/** Whole batches; one that was cut at the end is left for the next fetch. */
export function readBatches(bytes: Buffer): ReadBatch[] {
  const batches: ReadBatch[] = []
  for (let at = 0; at + overhead <= bytes.length; ) {
    const size = 12 + bytes.readInt32BE(at + 8)
    if (at + size > bytes.length) break
    batches.push(readBatch(bytes.subarray(at, at + size)))
    at += size
  }
  return batches
}

function readBatch(bytes: Buffer): ReadBatch {
  const attributes = bytes.readInt16BE(21)
  const baseOffset = bytes.readBigInt64BE(0)
  const records = readRecords(bytes)
  claim(records !== undefined, `the batch at ${baseOffset} cannot be opened`)
  const isControl = (attributes & 0x20) !== 0
  return {
    baseOffset,
    lastOffset: baseOffset + BigInt(bytes.readInt32BE(23)),
    producerId: bytes.readBigInt64BE(43),
    producerEpoch: bytes.readInt16BE(51),
    isTransactional: (attributes & 0x10) !== 0,
    marker: isControl ? readMarkerKey(records[0]?.key) : undefined,
    maxTimestamp: bytes.readBigInt64BE(35),
    records: isControl
      ? []
      : records.map(({ offset, value, timestamp }) => ({ offset, value: String(value), timestamp })),
  }
}

export type FetchedPartition = Answered<'Fetch'>['responses'][number]['partitions'][number]

interface FetchParts {
  readonly partition: number
  readonly offset: bigint
  readonly readCommitted: boolean
  readonly maxBytes?: number
}

/** Does not wait. */
export const fetchBody = ({ partition, offset, readCommitted, maxBytes = 1_000_000 }: FetchParts): Asked<'Fetch'> => ({
  maxWaitMs: 0,
  minBytes: 0,
  maxBytes: 10_000_000,
  isolationLevel: readCommitted ? 1 : 0,
  topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }] }],
})

/** One fetch that does not wait; again where its connection was lost. */
export async function fetchOnce(link: Link, parts: FetchParts): Promise<FetchedPartition> {
  for (;;) {
    const answer = await link.ask('Fetch', 11, fetchBody(parts))
    const found = answer === 'lost' ? undefined : answer.responses[0]?.partitions[0]
    if (answer !== 'lost' && found === undefined) claim(false, 'a fetch was answered without its partition')
    // Not the leader, for a moment: a fault of the plan.
    if (found !== undefined && found.errorCode !== 6) return found
  }
}

/** What a correct read_committed reader keeps, in any order of the list: KIP-98. */
export function withoutAborted(
  batches: readonly ReadBatch[],
  aborted: FetchedPartition['abortedTransactions'],
): ReadBatch[] {
  const left = (aborted ?? []).toSorted((one, other) => Number(one.firstOffset - other.firstOffset))
  const active = new Set<bigint>()
  const kept: ReadBatch[] = []
  for (const batch of batches) {
    for (let next = left[0]; next !== undefined && next.firstOffset <= batch.lastOffset; next = left[0]) {
      active.add(next.producerId)
      left.shift()
    }
    if (batch.marker === 'abort') active.delete(batch.producerId)
    else if (batch.marker === undefined && !(batch.isTransactional && active.has(batch.producerId))) kept.push(batch)
  }
  return kept
}
