import type { InspectedBatch } from '../log/inspect-batches.js'

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
  inspect(): Iterable<InspectedBatch>
}

export function logView(log: InspectableLog): LogView {
  const { topic, partition, startOffset, endOffset, lastStableOffset, leaderEpoch, sizeInBytes } = log
  let contents: Contents | undefined
  const decoded = (): Contents => (contents ??= decode(log))
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

function decode(log: InspectableLog): Contents {
  const { startOffset } = log
  const records: Draft[] = []
  const markers: MarkerView[] = []
  /** Records by producer whose transaction has not met its marker. */
  const undecided = new Map<bigint, Draft[]>()
  for (const batch of log.inspect()) {
    const { producerId, producerEpoch, baseOffset: offset, marker } = batch
    if (marker === undefined) {
      const drafts = draftsOf(log, batch)
      if (batch.isTransactional) undecided.set(producerId, [...(undecided.get(producerId) ?? []), ...drafts])
      // Where the head was cut inside a batch, the log still has the whole of it.
      records.push(...drafts.filter((record) => record.offset >= startOffset))
      continue
    }
    const committed = marker === 'commit'
    for (const record of undecided.get(producerId) ?? []) record.transaction = committed ? 'committed' : 'aborted'
    undecided.delete(producerId)
    if (offset >= startOffset) markers.push({ offset, producerId, producerEpoch, committed })
  }
  return { records, markers }
}

/** A batch that nobody can open (an unknown codec) has no records to show. */
function draftsOf({ topic, partition }: InspectableLog, { records = [], ...batch }: InspectedBatch): Draft[] {
  const { producerId, producerEpoch, baseSequence, isTransactional } = batch
  return records.map((record, index) => ({
    topic,
    partition,
    ...record,
    producerId,
    producerEpoch,
    // After the largest sequence comes 0.
    sequence: baseSequence < 0 ? -1 : (baseSequence + index) % 0x8000_0000,
    transaction: isTransactional ? 'open' : 'none',
  }))
}
