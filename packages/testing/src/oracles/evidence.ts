import type { Position, RawHeader } from '@millrace/core'
import type { RunLine } from '../harness/run-line.js'

/**
 * What becomes of a record is fixed when it is made, so that the expected sets are known before the run. In a pipeline a
 * `filter` has no output and a `fan-out` several; to any other handler they are `ok`.
 */
export type RecordKind = 'ok' | 'transient' | 'slow' | 'permanent' | 'poison' | 'filter' | 'fan-out'

/** One record that the broker acknowledged. */
export interface SentRecord extends Position {
  readonly id: string
  readonly key: string | null
  /** Its place among the records of its key, ascending. */
  readonly sequence: number
  readonly kind: RecordKind
  /** When its acknowledgement was seen, on the clock of the run lines; without it nothing is said about stalls. */
  readonly ackedAtMs?: number
}

/** A dead letter, by what its headers say about its source. */
export interface SeenDeadLetter {
  readonly source: Position
}

/** A committed offset of the group, as somebody independent read it. */
export interface SeenCommit {
  readonly topic: string
  readonly partition: number
  /** The next offset to read. */
  readonly offset: bigint
  readonly generation: number
  /** When it was read, on the clock of the run lines. */
  readonly atMs: number
}

export interface PartitionEnd {
  readonly topic: string
  readonly partition: number
  readonly endOffset: bigint
}

/** Everything that was observed of one run, and what went in. */
export interface Evidence {
  /** Acknowledged with acks=all. */
  readonly sent: readonly SentRecord[]
  /** Run lines of all workers, in order of time. */
  readonly lines: readonly RunLine[]
  readonly deadLetters: readonly SeenDeadLetter[]
  readonly commits: readonly SeenCommit[]
  /** Where the partitions end after the run. */
  readonly ends: readonly PartitionEnd[]
}

/** A record with its bytes, as an independent reader saw it. */
export interface RecordBytes {
  readonly partition: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RawHeader[]
  readonly timestamp: number | bigint
}

/** What a checker found: which rule, and the finding in words that name record and place. */
export interface Violation {
  readonly oracle: 'O1' | 'O2' | 'O3' | 'O4' | 'O5' | 'O6' | 'O7' | 'O8' | 'O9' | 'O10' | 'ledger'
  readonly text: string
}

/** Whether lanes are partitions or keys. Records without a key have no order among them. */
export type LaneBy = 'partition' | 'key'

export const placeOf = ({ topic, partition, offset }: Position): string => `${topic}[${partition}]@${offset}`

/** The lane of a record; undefined for one that runs free. */
export const laneOf = (by: LaneBy, record: Pick<SentRecord, 'topic' | 'partition' | 'key'>): string | undefined => {
  const partition = `${record.topic}[${record.partition}]`
  if (by === 'partition') return partition
  return record.key === null ? undefined : `${partition} ${record.key}`
}

/** Groups in order of first appearance; what has no group is left out. */
export function groupBy<Item>(
  items: Iterable<Item>,
  groupOf: (item: Item) => string | undefined,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groupOf(item)
    if (group === undefined) continue
    const members = groups.get(group)
    if (members === undefined) groups.set(group, [item])
    else members.push(item)
  }
  return groups
}
