import type { FixtureRecord } from '@millrace/testing'
import type { RawRecord } from '@millrace/core'

export const javaCodecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const

const START = 1_700_000_000_000
const words = 'to be or not to be that is the question whether tis nobler in the mind to suffer'.split(' ')

/** Text in which much repeats, but never all of it. */
const text = (seed: number, length: number): string => {
  let state = seed + 1
  let line = ''
  while (line.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    line += `${words[(state >>> 16) % words.length]} `
  }
  return line.slice(0, length)
}

/** One batch that Java writes: every kind of key, value and header, and enough bytes for several blocks of each codec. */
const written: readonly FixtureRecord[] = [
  ...Array.from({ length: 20 }, (_, index) => ({
    timestamp: START + index * 1_000,
    key: `order-${index}`,
    value: JSON.stringify({ order: index, note: text(index, 100) }),
  })),
  { timestamp: START - 5, key: null, value: null },
  { timestamp: START, key: '', value: '' },
  { timestamp: START, key: Buffer.alloc(4), value: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)) },
  {
    timestamp: START,
    key: 'headers',
    value: 'x',
    headers: [
      ...['__proto__', 'constructor', 'toString', '10', 'b', 'a', 'b', '2', '', '😀'].map(
        (name, index) => [name, `${index}`] as const,
      ),
      ['b', null],
      ['bytes', Buffer.from([0, 255, 254])],
    ],
  },
  { timestamp: START, key: 'a run', value: Buffer.alloc(70_000, 7) },
  { timestamp: START, key: 'long text', value: text(1, 30_000) },
]
export const javaRecords: readonly FixtureRecord[] = written.map((record) => ({ ...record, partition: 0 }))

const bytesOf = (content: string | Uint8Array | null | undefined): Buffer | null =>
  content === null || content === undefined ? null : Buffer.from(content)

/** The same records as a decoder should give them. */
export const expectedOfJava = javaRecords.map(({ timestamp, key, value, headers = [] }) => ({
  timestamp,
  key: bytesOf(key),
  value: bytesOf(value),
  headers: headers.map(([name, content]) => [Buffer.from(name), bytesOf(content)]),
}))

export const contentsOf = (records: readonly RawRecord[]): unknown =>
  records.map(({ timestamp, key, value, headers }) => ({ timestamp, key, value, headers }))
