import type { RawHeader } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { checkDeadLetters, type OriginalRecord } from './check-dead-letters.js'
import type { RecordBytes } from './evidence.js'

const header = (name: string, value: string | null): RawHeader => [
  Buffer.from(name),
  value === null ? null : Buffer.from(value),
]
const original: OriginalRecord = {
  topic: 'orders',
  partition: 3,
  offset: 2n ** 53n + 1n,
  key: Buffer.from([0xff, 0x00]),
  value: Buffer.alloc(0),
  headers: [header('a', '1'), header('a', null), header('error', 'forged'), header('source-offset', 'forged')],
  timestamp: 17,
}
const ours = [
  header('source-topic', 'orders'),
  header('source-partition', '3'),
  header('source-offset', String(original.offset)),
  header('error', 'boom'),
  header('attempts', '4'),
]
const letter: RecordBytes = {
  partition: 3,
  key: original.key,
  value: original.value,
  headers: [...original.headers, ...ours],
  timestamp: 17n,
}
const without = (name: string) => ours.filter(([own]) => own.toString() !== name)
const withOurs = (headers: readonly RawHeader[]): RecordBytes => ({
  ...letter,
  headers: [...original.headers, ...headers],
})
const replaced = (at: number, by: RawHeader): RecordBytes => ({ ...letter, headers: letter.headers.with(at, by) })

describe('checkDeadLetters', () => {
  it('finds nothing in dead letters that are what they should be, forged headers before ours included', () => {
    expect(checkDeadLetters([original], [letter, letter])).toEqual([])
  })

  it.each<[string, RecordBytes, string]>([
    ['a flipped byte in a header value', replaced(0, header('a', '2')), 'header at place 1'],
    ['a flipped byte in a header name', replaced(1, header('b', null)), 'header at place 2'],
    ['an empty header where there was a null', replaced(1, header('a', '')), 'header at place 2'],
    ['a header left out', { ...letter, headers: letter.headers.toSpliced(1, 1) }, 'header at place 2'],
    ['two headers swapped', replaced(0, header('a', null)), 'header at place 1'],
    ['another key', { ...letter, key: Buffer.from([0xff, 0x01]) }, 'another key'],
    ['a null where there was an empty value', { ...letter, value: null }, 'another value'],
    ['another timestamp', { ...letter, timestamp: 18 }, 'another timestamp'],
    ['another partition', { ...letter, partition: 0 }, 'another partition'],
    ['a missing source topic', withOurs(without('source-topic')), 'no header "source-topic"'],
    [
      'a source that does not exist',
      withOurs([...without('source-topic'), header('source-topic', 'o')]),
      'there is no record',
    ],
    ['a source offset that is none', withOurs([...ours, header('source-offset', '1e3')]), '"1e3"'],
    ['a number of attempts that is none', withOurs([...ours, header('attempts', '')]), '""'],
  ])('catches %s, and only that', (_seed, seeded, words) => {
    const found = checkDeadLetters([original], [letter, seeded])
    expect(found).toMatchObject([{ oracle: 'O10' }])
    expect(found[0]?.text).toContain(words)
    expect(found[0]?.text).toContain('dead letter 2')
  })
})
