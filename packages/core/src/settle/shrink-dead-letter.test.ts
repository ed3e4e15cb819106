import { describe, expect, it } from 'vitest'
import { header } from '../test-support/records.js'
import {
  bytesOf,
  cutError,
  type DeadLetter,
  dropOptionalHeaders,
  dropStack,
  shrunkForms,
  withoutValue,
} from './shrink-dead-letter.js'

const original = [header('error-stack', 'theirs'), header('error', 'e'.repeat(400)), header('handler', null)]
const ours = [
  header('source-topic', 'orders'),
  header('source-partition', '3'),
  header('source-offset', '105'),
  header('source-group', 'billing'),
  header('error', `${'x'.repeat(255)}é and more`),
  header('error-stack', 'at work'),
  header('handler', 'Billing.placed'),
]
const letter: DeadLetter = {
  topic: 'orders.dlq',
  partition: 3,
  key: Buffer.from('key'),
  value: Buffer.from('value'),
  timestamp: 1,
  headers: [...original, ...ours],
  originalHeaders: original.length,
}
const namesOf = ({ headers, originalHeaders }: DeadLetter): string[] =>
  headers.slice(originalHeaders).map(([name]) => name.toString())
const all = namesOf(letter)
const without = (...names: string[]): string[] => all.filter((name) => !names.includes(name))

describe('a dead letter that does not fit', () => {
  it.each<[string, (letter: DeadLetter) => DeadLetter, string[], number]>([
    ['loses its stack', dropStack, without('error-stack'), 'at work'.length + 'error-stack'.length],
    ['has its error cut to 256 bytes, never inside a character', cutError, all, 'é and more'.length + 1],
    [
      'keeps four headers of ours',
      dropOptionalHeaders,
      ['source-topic', 'source-partition', 'source-offset', 'error'],
      'source-groupbillingerror-stackat workhandlerBilling.placed'.length,
    ],
  ])('%s; what the record brought is not touched', (_what, step, names, saved) => {
    const shrunk = step(letter)
    expect(namesOf(shrunk)).toEqual(names)
    expect(shrunk).toMatchObject({
      topic: letter.topic,
      partition: 3,
      key: letter.key,
      value: letter.value,
      timestamp: 1,
    })
    expect(shrunk.headers.slice(0, shrunk.originalHeaders)).toEqual(original)
    expect(bytesOf(letter) - bytesOf(shrunk)).toBe(saved)
  })

  it.each([
    ['two bytes', 'é', 255],
    ['three bytes', '€', 255],
    ['four bytes', '😀', 253],
    ['one byte', 'x', 256],
  ])('is never cut inside a character of %s', (_what, character, length) => {
    const lead = 'x'.repeat(length)
    const long = { ...letter, headers: [header('error', `${lead}${character.repeat(9)}`)], originalHeaders: 0 }
    const [, text] = cutError(long).headers[0] ?? []
    expect(text?.toString()).toMatch(/^x+(é|€|😀)*$/u)
    expect(text?.length).toBeLessThanOrEqual(256)
    expect(text?.length).toBeGreaterThan(252)
  })

  it('is tried in each smaller form, in order, and in no other', () => {
    const forms = [...shrunkForms(letter)]
    expect(forms.map((form) => form.headers.length)).toEqual([9, 9, 7])
    expect(forms.map(bytesOf)).toEqual([...forms.map(bytesOf)].toSorted((a, b) => b - a))
    const [, , smallest = letter] = forms
    expect([...shrunkForms(smallest)]).toEqual([])
  })

  it('says how long its value was when it goes without', () => {
    const empty = withoutValue({ ...letter, value: Buffer.alloc(1_000) })
    expect(empty).toMatchObject({ value: null, key: letter.key, originalHeaders: 3 })
    expect(empty?.headers.at(-1)).toEqual(header('omitted-value-bytes', '1000'))
    expect(empty?.headers.slice(0, -1)).toEqual(letter.headers)
  })

  it.each([
    ['has none', null],
    ['has one that is shorter than what would be said about it', Buffer.alloc(21)],
  ])('keeps its value when it %s', (_what, value) => {
    expect(withoutValue({ ...letter, value })).toBeUndefined()
  })
})
