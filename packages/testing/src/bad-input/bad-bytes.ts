import { gzipSync } from 'node:zlib'
import { bad, type BadInput } from './bad-input.js'

/** Keys of a single record. */
export const badKeys: readonly BadInput<Buffer | null>[] = [
  bad('null', () => null),
  bad('empty', () => Buffer.alloc(0)),
  bad('1 MB', () => Buffer.alloc(1_000_000, 'k')),
  bad('not UTF-8', () => Buffer.from([0xff, 0xfe, 0x80])),
  bad('a name of Object.prototype', () => Buffer.from('__proto__')),
]

/** Two keys that decode to the same text, but are different bytes: different keys to Kafka, and to a lane. */
export const keysEqualAsText: readonly [Buffer, Buffer] = [Buffer.from([0x6b, 0xff]), Buffer.from([0x6b, 0xfe])]

/** How the keys of many records relate: `keyAt` gives the key of each. */
export const badKeyPatterns: readonly { readonly name: string; readonly keyAt: (at: number) => Buffer | null }[] = [
  { name: 'all records one key', keyAt: () => Buffer.from('one') },
  { name: 'all records distinct keys', keyAt: (at) => Buffer.from(`key-${at}`) },
  { name: 'all records no key', keyAt: () => null },
  { name: 'two keys equal as text', keyAt: (at) => keysEqualAsText[at % 2] ?? null },
]

const text = (value: string): BadInput<Buffer> => bad(value, () => Buffer.from(value))

/** Values that are JSON, but no harmless one: they decode, and must not harm the process. */
export const oddJsonValues: readonly BadInput<Buffer>[] = [
  text('{"a":1,"a":2}'),
  text('{"__proto__":{"polluted":true}}'),
  text('{"constructor":{"prototype":{"polluted":true}}}'),
  text('1e400'),
  text('"\\ud800"'),
  bad('nested 10,000 deep', () => nested(10_000)),
]

/** Values that no JSON parser takes, or none should. */
export const brokenJsonValues: readonly BadInput<Buffer>[] = [
  bad('empty', () => Buffer.alloc(0)),
  bad('one byte', () => Buffer.from([0x7b])),
  bad('truncated', () => Buffer.from('{"orderId":"1","amou')),
  text('NaN'),
  bad('invalid UTF-8 in a string', () => Buffer.from([0x22, 0xc3, 0x28, 0x22])),
  bad('byte order mark', () => Buffer.from('\ufeff{}')),
  bad('gzip', () => gzipSync('{}')),
  bad('unclosed, 100,000 deep', () => Buffer.alloc(100_000, '[')),
]

/** Values of a schema registry's wire format, each broken in one place: magic byte, schema id, message index. */
export const brokenRegistryValues: readonly BadInput<Buffer>[] = [
  bad('wrong magic byte', () => Buffer.from([1, 0, 0, 0, 1, 2])),
  bad('unknown schema id', () => Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 2])),
  bad('schema id 0', () => Buffer.from([0, 0, 0, 0, 0, 2])),
  bad('cut inside the schema id', () => Buffer.from([0, 0, 0])),
  bad('wrong message index', () => Buffer.from([0, 0, 0, 0, 1, 0xfe, 0x7f])),
]

/** Values of any size around a limit in bytes. */
export const valuesAround = (limitBytes: number): readonly BadInput<Buffer>[] => [
  bad('at the size limit', () => Buffer.alloc(limitBytes, 'x')),
  bad('one byte over the size limit', () => Buffer.alloc(limitBytes + 1, 'x')),
]

/** Values whatever the format. */
export const badValues: readonly BadInput<Buffer | null>[] = [
  bad('null', () => null),
  ...brokenJsonValues,
  ...oddJsonValues,
  ...brokenRegistryValues,
  bad('nested 100,000 deep', () => nested(100_000)),
  bad('1 MB', () => Buffer.alloc(1_000_000, 'x')),
  bad('10 MB', () => Buffer.alloc(10_000_000, 'x')),
  bad('gzip header without gzip', () => Buffer.from([0x1f, 0x8b, 0x08, 0, 1, 2, 3])),
  bad('a gzip bomb, 1,000 to 1', () => gzipSync(Buffer.alloc(10_000_000))),
]

function nested(depth: number): Buffer {
  return Buffer.from('['.repeat(depth) + ']'.repeat(depth))
}
