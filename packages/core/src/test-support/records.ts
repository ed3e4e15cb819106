import type { ReceivedBatch, RawHeader, RawRecord } from '../receive/record.js'
import { ReceivedRecord, type RecordSource } from '../receive/received-record.js'

export const source: RecordSource = {
  group: 'billing',
  topic: 'orders',
  partition: 3,
  generation: 7,
  startOffset: 100n,
}

export const rawRecord = (offsetDelta: number, overrides: Partial<RawRecord> = {}): RawRecord => ({
  offsetDelta,
  timestamp: 1_700_000_000_000,
  key: Buffer.from(`key-${offsetDelta}`),
  value: Buffer.from(`value-${offsetDelta}`),
  headers: [],
  sizeBytes: 10,
  ...overrides,
})

export const receivedRecord = (delta = 0, overrides: Partial<RawRecord> = {}): ReceivedRecord =>
  new ReceivedRecord(rawRecord(delta, overrides), delta, source)

export const batchOf = (base: bigint, count: number, endOffset = base + BigInt(count)): ReceivedBatch => ({
  baseOffset: base,
  records: Array.from({ length: count }, (_, delta) => rawRecord(delta)),
  nextOffset: base + BigInt(count),
  endOffset,
})

export const header = (name: string, value: string | null): RawHeader => [
  Buffer.from(name),
  value === null ? null : Buffer.from(value),
]
