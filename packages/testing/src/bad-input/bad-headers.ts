import type { RawHeader } from '@millrace/core'
import { bad, type BadInput } from './bad-input.js'

const textNames = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'],
  ...['', 'line\nbreak', 'carriage\rreturn', 'nul\0inside', '🙂', 'with space', 'é'],
]

/** Names of a single header. */
export const badHeaderNames: readonly BadInput<Buffer>[] = [
  ...textNames.map((name) => bad(JSON.stringify(name), () => Buffer.from(name))),
  bad('64 KiB long', () => Buffer.alloc(65_536, 'n')),
  bad('invalid UTF-8', () => Buffer.from([0xc3, 0x28, 0xff, 0xfe])),
  ...['error', 'source-topic', 'source-partition', 'source-offset', 'attempts', 'stage', 'redrive-count'].map((name) =>
    bad(`forged ${name}`, () => Buffer.from(name)),
  ),
]

const integerOf = (bytes: number): Buffer => Buffer.alloc(bytes, 1)

/** Values of a single header. */
export const badHeaderValues: readonly BadInput<Buffer | null>[] = [
  bad('null', () => null),
  bad('empty', () => Buffer.alloc(0)),
  bad('1 MB', () => Buffer.alloc(1_000_000, 'v')),
  bad('binary', () => Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))),
  ...['-1', '1e999', '0x10', '９', '9223372036854775808', '18446744073709551616', 'NaN', ' 1 ', '1\n2'].map((text) =>
    bad(JSON.stringify(text), () => Buffer.from(text)),
  ),
  // Spring writes partition, offset and timestamp as big-endian integers; only 4 and 8 bytes are right.
  ...[0, 1, 3, 4, 6, 8, 9].map((bytes) => bad(`integer of ${bytes} bytes`, () => integerOf(bytes))),
]

const header = (name: string, value: string | null): RawHeader => [
  Buffer.from(name),
  value === null ? null : Buffer.from(value),
]

/** Whole header lists: order and repetition are part of the record. */
export const badHeaderLists: readonly BadInput<readonly RawHeader[]>[] = [
  bad('10,000 headers', () => Array.from({ length: 10_000 }, (_, at) => header(`h${at}`, String(at)))),
  bad('the same name 1,000 times', () => Array.from({ length: 1_000 }, (_, at) => header('same', String(at)))),
  bad('duplicates around another, null among them', () => [
    ...[header('a', '1'), header('b', '2'), header('a', null)],
    ...[header('a', ''), header('a', '1')],
  ]),
  bad('every name of ours, forged', () =>
    [
      'source-topic',
      'source-partition',
      'source-offset',
      'source-timestamp',
      'source-group',
      'error',
      'error-type',
    ].map((name) => header(name, 'forged')),
  ),
  bad('every hostile name at once', () => badHeaderNames.map(({ make }): RawHeader => [make(), Buffer.from('v')])),
]
