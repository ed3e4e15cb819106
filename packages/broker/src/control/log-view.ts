import { readMarkerKey } from '../log/control-batch.js'
import { readRecords } from '../log/read-records.js'
import {
  batchField,
  batchOverhead,
  type BatchHeader,
  isControl,
  isTransactional,
  lengthOverhead,
  readBatchHeader,
} from '../log/record-batch.js'

/** One record as it was stored. Its bytes are the log's own: do not write to them. */
export interface RecordView {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** In the order in which they were written, also several of one name. */
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
  /** -1: of no idempotent producer. */
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Of an idempotent producer: the record's own; -1 otherwise. */
  readonly sequence: number
  /** `none`: it belongs to no transaction. A `read_committed` reader gets what is committed or `none`, below the stable offset. */
  readonly transaction: 'none' | 'open' | 'committed' | 'aborted'
}

/** The end of a transaction in one partition. */
export interface MarkerView {
  readonly offset: bigint
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly committed: boolean
}

/** One partition as it stands at this moment; what is costly to decode is decoded when it is read. */
export interface LogView {
  readonly topic: string
  readonly partition: number
  readonly startOffset: bigint
  /** The next to write, and the high watermark. */
  readonly endOffset: bigint
  /** Below it every transaction is decided: where a `read_committed` reader stops. */
  readonly stableOffset: bigint
  readonly leaderEpoch: number
  readonly sizeInBytes: number
  /** Transactions that hold the stable offset back. */
  readonly openTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
  /** Without markers; aborted and open ones are there and say so. */
  readonly records: readonly RecordView[]
  readonly markers: readonly MarkerView[]
}

/** What a log has to show. */
export interface InspectableLog {
  readonly topic: string
  readonly partition: number
  readonly startOffset: bigint
  readonly endOffset: bigint
  readonly lastStableOffset: bigint
  readonly leaderEpoch: number
  readonly sizeInBytes: number
  openTransactions(): readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
  read(options: { offset: bigint; maxBytes: number; readCommitted: boolean; wholeFirstBatch: boolean }): {
    readonly records: Buffer | null
  }
}

export function logView(log: InspectableLog): LogView {
  const { topic, partition, startOffset, endOffset, lastStableOffset, leaderEpoch, sizeInBytes } = log
  let contents: Contents | undefined
  const decoded = (): Contents => (contents ??= decode(log, startOffset, endOffset))
  return {
    topic,
    partition,
    startOffset,
    endOffset,
    stableOffset: lastStableOffset,
    leaderEpoch,
    sizeInBytes,
    openTransactions: log.openTransactions().map(({ producerId, firstOffset }) => ({ producerId, firstOffset })),
    get records() {
      return decoded().records
    },
    get markers() {
      return decoded().markers
    },
  }
}

type Draft = { -readonly [K in keyof RecordView]: RecordView[K] }
type Contents = { readonly records: RecordView[]; readonly markers: MarkerView[] }

function decode(log: InspectableLog, startOffset: bigint, endOffset: bigint): Contents {
  const records: Draft[] = []
  const markers: MarkerView[] = []
  /** Records by producer whose transaction has not met its marker. */
  const undecided = new Map<bigint, Draft[]>()
  for (const batch of batchesOf(log, startOffset, endOffset)) {
    const header = readBatchHeader(batch)
    const { producerId, producerEpoch, baseOffset } = header
    if (isControl(header)) {
      const committed = readMarkerKey(readRecords(batch)?.[0]?.key) === 'commit'
      if (baseOffset >= startOffset) markers.push({ offset: baseOffset, producerId, producerEpoch, committed })
      for (const record of undecided.get(producerId) ?? []) record.transaction = committed ? 'committed' : 'aborted'
      undecided.delete(producerId)
      continue
    }
    const drafts = draftsOf(log, header, batch)
    // Where the head was cut inside a batch, the batch is still read as a whole.
    records.push(...drafts.filter(({ offset }) => offset >= startOffset))
    if (isTransactional(header)) undecided.set(producerId, [...(undecided.get(producerId) ?? []), ...drafts])
  }
  return { records, markers }
}

function draftsOf({ topic, partition }: InspectableLog, header: BatchHeader, batch: Buffer): Draft[] {
  const { producerId, producerEpoch, baseSequence } = header
  // A batch whose bytes nobody can open (an unknown codec) has no records to show.
  return (readRecords(batch) ?? []).map((record, index) => ({
    topic,
    partition,
    ...record,
    producerId,
    producerEpoch,
    sequence: baseSequence < 0 ? -1 : (baseSequence + index) % 0x8000_0000,
    transaction: isTransactional(header) ? 'open' : 'none',
  }))
}

const pageBytes = 4 * 1024 * 1024

function* batchesOf(log: InspectableLog, startOffset: bigint, endOffset: bigint): Generator<Buffer> {
  for (let offset = startOffset; offset < endOffset; ) {
    const page = log.read({ offset, maxBytes: pageBytes, readCommitted: false, wholeFirstBatch: true }).records
    const before = offset
    for (let at = 0; page !== null && at + batchOverhead <= page.length; ) {
      const size = lengthOverhead + page.readInt32BE(at + batchField.length)
      if (at + size > page.length) break
      const batch = page.subarray(at, at + size)
      yield batch
      const { baseOffset, lastOffsetDelta } = readBatchHeader(batch)
      offset = baseOffset + BigInt(lastOffsetDelta) + 1n
      at += size
    }
    if (offset === before) return
  }
}
