import type { RawHeader, RawRecord, ReceivedBatch } from '@millrace/core'

/** A record on its way into the log. */
export interface NewRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RawHeader[]
  readonly timestamp: number
  /** Whether a test put it there or a sender of the driver. */
  readonly origin: 'script' | 'sender'
}

/** A record in the log, with its absolute offset. */
export interface LoggedRecord extends NewRecord {
  readonly offset: bigint
}

export interface ReadLimits {
  readonly maxRecords: number
  readonly maxBytes: number
}

export interface PartitionLog {
  readonly startOffset: bigint
  /** As a `read_committed` reader sees it. */
  readonly endOffset: bigint
  append(record: NewRecord): bigint
  /** Uses offsets up without a record: what transaction markers, aborted batches and compaction leave behind. */
  leaveGap(offsets: number): void
  /** Uses an offset up for a record that is not there yet: one of an open transaction. */
  reserve(): bigint
  /** Puts the record of a committed transaction where its place was reserved. */
  fill(offset: bigint, record: NewRecord): void
  /** From here on readers see nothing until the returned function is called: an open transaction. */
  hold(): () => void
  /** Removes everything below an offset, as retention does. */
  truncate(before: bigint): void
  /** One fetch answer. `from` is at least `startOffset`. */
  read(from: bigint, limits: ReadLimits): ReceivedBatch
  all(): readonly LoggedRecord[]
}

interface SegmentRecord extends RawRecord {
  readonly origin: NewRecord['origin']
}

/** Records without a gap between them. A batch never spans two segments, so base offsets differ from batch to batch. */
interface Segment {
  readonly base: bigint
  readonly records: SegmentRecord[]
}

export const sizeOf = ({ key, value, headers }: Pick<NewRecord, 'key' | 'value' | 'headers'>): number =>
  headers.reduce(
    (sum, [name, content]) => sum + name.length + (content?.length ?? 0),
    (key?.length ?? 0) + (value?.length ?? 0),
  )

/** One partition in memory. Reading allocates nothing per record, so that a benchmark measures the pipeline alone. */
export function createPartitionLog({ firstOffset = 0n, segmentRecords = 500 } = {}): PartitionLog {
  const segments: Segment[] = []
  let startOffset = firstOffset
  /** Behind everything that was appended. */
  let end = firstOffset
  const holds = new Set<{ readonly at: bigint }>()

  const stableEnd = (): bigint => {
    let stable = end
    for (const { at } of holds) if (at < stable) stable = at
    return stable
  }
  const openSegment = (): Segment => {
    const last = segments.at(-1)
    const goesOn = last !== undefined && last.records.length < segmentRecords && endOf(last) === end
    if (goesOn) return last
    const segment = { base: end, records: [] }
    segments.push(segment)
    return segment
  }

  return {
    get startOffset() {
      return startOffset
    },
    get endOffset() {
      return stableEnd()
    },
    append(record) {
      pushTo(openSegment(), record)
      end += 1n
      return end - 1n
    },
    leaveGap(offsets) {
      end += BigInt(offsets)
    },
    reserve() {
      end += 1n
      return end - 1n
    },
    fill: (offset, record) => fillIn(segments, offset, record, segmentRecords),
    hold() {
      const hold = { at: end }
      holds.add(hold)
      return () => void holds.delete(hold)
    },
    truncate(before) {
      if (before > startOffset) startOffset = before < end ? before : end
    },
    read: (from, limits) => readBatch(segments, { from, end, endOffset: stableEnd() }, limits),
    all: () => segments.flatMap(recordsOf).filter(({ offset }) => offset >= startOffset && offset < stableEnd()),
  }
}

function pushTo({ records }: Segment, { key, value, headers, timestamp, origin }: NewRecord): void {
  const sizeBytes = sizeOf({ key, value, headers })
  records.push({ offsetDelta: records.length, timestamp, key, value, headers, sizeBytes, origin })
}

/** Puts a record into a gap: behind the segment that ends there, or into one of its own. */
function fillIn(segments: Segment[], offset: bigint, record: NewRecord, segmentRecords: number): void {
  const at = firstEndingAfter(segments, offset)
  const before = segments[at - 1]
  if (before !== undefined && endOf(before) === offset && before.records.length < segmentRecords)
    return pushTo(before, record)
  const segment: Segment = { base: offset, records: [] }
  pushTo(segment, record)
  segments.splice(at, 0, segment)
}

interface ReadRange {
  readonly from: bigint
  /** Behind everything that was appended. */
  readonly end: bigint
  /** What readers see ends here. */
  readonly endOffset: bigint
}

function readBatch(
  segments: readonly Segment[],
  { from, end, endOffset }: ReadRange,
  limits: ReadLimits,
): ReceivedBatch {
  const at = firstEndingAfter(segments, from)
  const segment = segments[at]
  if (segment === undefined || segment.base >= endOffset) {
    return { baseOffset: from, records: [], nextOffset: endOffset, endOffset }
  }
  const first = from > segment.base ? Number(from - segment.base) : 0
  const stable = Number(endOffset - segment.base)
  const last = Math.min(lastWithin(segment.records, first, limits), stable)
  const records = segment.records.slice(first, last)
  const goesOn = last < segment.records.length ? segment.base + BigInt(last) : (segments[at + 1]?.base ?? end)
  return { baseOffset: segment.base, records, nextOffset: goesOn < endOffset ? goesOn : endOffset, endOffset }
}

const recordsOf = ({ base, records }: Segment): readonly LoggedRecord[] =>
  records.map(({ offsetDelta, sizeBytes: _size, ...record }) => ({ ...record, offset: base + BigInt(offsetDelta) }))

const endOf = ({ base, records }: Segment): bigint => base + BigInt(records.length)

/** Binary search: the index of the segment that holds `from` or comes next. */
function firstEndingAfter(segments: readonly Segment[], from: bigint): number {
  let low = 0
  let high = segments.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const segment = segments[middle]
    if (segment !== undefined && endOf(segment) <= from) low = middle + 1
    else high = middle
  }
  return low
}

/** The end of a slice within the limits; the first record always fits. */
function lastWithin(records: readonly RawRecord[], first: number, { maxRecords, maxBytes }: ReadLimits): number {
  const limit = Math.min(records.length, first + maxRecords)
  let bytes = 0
  for (let at = first; at < limit; at += 1) {
    bytes += records[at]?.sizeBytes ?? 0
    if (bytes > maxBytes && at > first) return at
  }
  return limit
}
