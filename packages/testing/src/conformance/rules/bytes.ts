import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { RawHeader } from '@millrace/core'
import type { ClusterRecord, WriteOptions } from '../cluster-view.js'
import type { ReceivedRecord } from '../member-log.js'
import type { RuleRig } from '../rig.js'
import type { ConformanceRule } from '../rule.js'

export const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
const empty = Buffer.alloc(0)
const header = (name: string, value: Buffer | string | null): RawHeader => [
  Buffer.from(name),
  typeof value === 'string' ? Buffer.from(value) : value,
]

/** Something to compare that is short to print: a difference between two large buffers takes minutes to write down. */
export const shown = (bytes: Buffer | null): string =>
  bytes === null ? 'null' : `${bytes.length} bytes ${createHash('sha1').update(bytes).digest('hex')}`

/** Names that are properties of every object, repeated ones with others between them, and values of any bytes. */
export const awkwardHeaders: readonly (readonly RawHeader[])[] = [
  [header('__proto__', 'a'), header('constructor', 'b'), header('toString', 'c'), header('hasOwnProperty', null)],
  [header('h', '1'), header('i', '2'), header('h', null), header('i', ''), header('h', '1')],
  [header('', ''), header('', null), header('not UTF-8', everyByte), header('über 😀', 'x')],
  [],
]

/** Writes the records into one partition and resolves with what a member got, by offset. */
async function received(rig: RuleRig, records: readonly ClusterRecord[], options?: WriteOptions) {
  const topic = await rig.topic()
  const offsets = await rig.cluster.write(topic, records, options)
  const log = await rig.join(topic)
  await rig.until('as many records as were written', () => byOffset(log.records()).size === records.length)
  const found = byOffset(log.records())
  return offsets.map((offset) => {
    const record = found.get(offset)
    if (record === undefined) throw new Error(`nothing was handed over at offset ${offset}`)
    return record
  })
}

const byOffset = (records: readonly ReceivedRecord[]) =>
  new Map(records.map(({ offset, record }) => [offset, record] as const))

export const byteRules: readonly ConformanceRule[] = [
  {
    id: 'values-are-exact',
    name: 'values arrive byte for byte: null, empty, any bytes',
    async run(rig) {
      const values = [null, empty, everyByte, Buffer.alloc(300_000, 7)]
      const found = await received(
        rig,
        values.map((value) => ({ value })),
      )
      assert.deepEqual(
        found.map(({ value }) => shown(value)),
        values.map(shown),
      )
    },
  },
  {
    id: 'keys-are-exact',
    name: 'keys arrive byte for byte: null, empty, any bytes',
    async run(rig) {
      const keys = [null, empty, everyByte, Buffer.from('k')]
      const found = await received(
        rig,
        keys.map((key) => ({ key, value: empty })),
      )
      assert.deepEqual(
        found.map(({ key }) => key),
        keys,
      )
    },
  },
  {
    id: 'headers-are-exact',
    name: 'headers arrive byte for byte and in their order: repeated, interleaved, null, empty, "__proto__"',
    async run(rig) {
      const found = await received(
        rig,
        awkwardHeaders.map((headers) => ({ value: empty, headers })),
      )
      assert.deepEqual(
        found.map(({ headers }) => headers),
        awkwardHeaders,
      )
    },
  },
  {
    id: 'timestamps-are-exact',
    name: 'timestamps arrive to the millisecond, rising or not',
    async run(rig) {
      const timestamps = [1_700_000_000_123, 0, 1_700_000_000_122, 1, 999]
      const found = await received(
        rig,
        timestamps.map((timestamp) => ({ value: empty, timestamp })),
      )
      assert.deepEqual(
        found.map(({ timestamp }) => timestamp),
        timestamps,
      )
    },
  },
  {
    id: 'sizes-are-told',
    name: 'sizeBytes of a record is the bytes of its key, value and headers',
    async run(rig) {
      const found = await received(rig, [
        { key: Buffer.alloc(3), value: Buffer.alloc(40), headers: [header('abc', '12'), header('d', null)] },
        { value: null },
      ])
      assert.deepEqual(
        found.map(({ sizeBytes }) => sizeBytes),
        [49, 0],
      )
    },
  },
  {
    id: 'every-compression-is-read',
    name: 'batches compressed with gzip, snappy, lz4 and zstd are read like plain ones',
    async run(rig) {
      const topic = await rig.topic()
      const all = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
      for (const compression of all) {
        await rig.cluster.write(topic, [{ value: Buffer.from(compression) }], { compression })
      }
      const log = await rig.join(topic)
      await rig.until('a record of each compression', () => all.every((name) => log.values().includes(name)))
    },
  },
  {
    id: 'a-record-above-the-fetch-limit-arrives',
    name: 'a record larger than maxBytesPerPartition is handed over, and so is what follows it',
    async run(rig) {
      const topic = await rig.topic()
      const values = [Buffer.from('small'), Buffer.alloc(60_000, 1), Buffer.from('end')]
      for (const value of values) await rig.cluster.write(topic, [{ value }])
      const log = await rig.join(topic, { maxBytesPerPartition: 10_000 })
      await rig.until('all three records', () => log.records().length >= 3)
      assert.deepEqual(
        log.records().map(({ record }) => shown(record.value)),
        values.map(shown),
      )
    },
  },
]
