import type { FixtureRecord, RecordKind } from '@millrace/testing'

export interface PlannedRecord {
  readonly id: string
  readonly key: string
  readonly sequence: number
  readonly kind: RecordKind
  /** Made when it is asked for: the bytes of a long run would not fit in memory. */
  readonly fixture: FixtureRecord
}

export interface PlanOptions {
  /** Default: of 200 records 10 are transient, 2 poison and 1 permanent. */
  readonly kindAt?: (index: number) => RecordKind
  readonly isGated?: (index: number) => boolean
  /** Default: Kafka's own partitioner. */
  readonly partitionAt?: (index: number) => number
}

const usualKind = (index: number): RecordKind => {
  const at = index % 200
  if (at === 57) return 'permanent'
  if (at === 23 || at === 123) return 'poison'
  return at % 20 === 11 ? 'transient' : 'ok'
}

/** A prime: kinds come back every 200 records, and with a factor in common some keys would never get some of them. */
const keys = 499

/** Records whose fate is known before they are sent, in the order in which they will be sent. */
export function planRecords(count: number, options: PlanOptions = {}): readonly PlannedRecord[] {
  const { kindAt = usualKind, isGated = () => false, partitionAt } = options
  return Array.from({ length: count }, (_, index) => {
    const kind = kindAt(index)
    const id = `${kind}-${index}`
    const key = `key-${index % keys}`
    const sequence = Math.floor(index / keys)
    return {
      ...{ id, key, sequence, kind },
      get fixture() {
        const value = kind === 'poison' ? poison(index) : message({ id, sequence, isGated: isGated(index) })
        const partition = partitionAt === undefined ? {} : { partition: partitionAt(index) }
        return { key, value, headers: headersOf(index), ...partition }
      },
    }
  })
}

const message = (content: object): Buffer => Buffer.from(JSON.stringify({ ...content, pad: 'x'.repeat(160) }))

/** Neither UTF-8 nor JSON, and different each time. */
const poison = (index: number): Buffer => Buffer.from([0xff, 0xfe, 0x00, index & 0xff, (index >> 8) & 0xff])

/** Repeated names, bytes that are no text, null, and a name that millrace writes itself. */
const headersOf = (index: number): NonNullable<FixtureRecord['headers']> => [
  ['trace', String(index)],
  ['trace', Buffer.from([0x80, 0x00, 0xff])],
  ['error', 'forged'],
  ['empty', null],
]
