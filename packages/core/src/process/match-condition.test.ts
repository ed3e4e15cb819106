import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allOf, anyOf, type Condition, headerIs } from '../declare/routing/condition.js'
import { fieldIs, type FieldValue } from '../declare/routing/field-condition.js'
import { findOverlap } from '../declare/routing/find-overlap.js'
import type { RawHeader } from '../receive/record.js'
import { header } from '../test-support/records.js'
import { matchCondition } from './match-condition.js'

const kind = (...patterns: [string, ...string[]]) => headerIs('kind', ...patterns)

describe('a header', () => {
  it.each<[string, Condition, readonly RawHeader[], boolean]>([
    ['with the value', kind('a'), [header('kind', 'a')], true],
    ['with one of several', kind('a', 'b'), [header('kind', 'b')], true],
    ['with another', kind('a'), [header('kind', 'A')], false],
    ['that is missing', kind('*'), [header('other', 'a')], false],
    ['with null for a value', kind('*'), [header('kind', null)], false],
    ['with an empty value', kind('*'), [header('kind', '')], true],
    ['with an empty value, asked for', kind(''), [header('kind', '')], true],
    ['that repeats: the last counts', kind('a'), [header('kind', 'a'), header('kind', 'b')], false],
    ['that repeats and ends in null', kind('a'), [header('kind', 'a'), header('kind', null)], false],
    ['whose value begins so', kind('order.*'), [header('kind', 'order.placed')], true],
    ['whose value is the beginning', kind('order.*'), [header('kind', 'order.')], true],
    ['whose value is shorter than the beginning', kind('order.*'), [header('kind', 'order')], false],
    ['whose value ends so', kind('*.error'), [header('kind', 'order.error')], true],
    ['whose value is shorter than the end', kind('*.error'), [header('kind', 'error')], false],
    ['in UTF-8', kind('größ*'), [header('kind', 'größe')], true],
    ['whose name is written in another case', kind('a'), [header('Kind', 'a')], false],
    ['that is no UTF-8, and any value will do', kind('*'), [[Buffer.from('kind'), Buffer.from([0xff])]], true],
    ['that is no UTF-8', kind('\ufffd'), [[Buffer.from('kind'), Buffer.from([0xff])]], false],
    ['named like a property of every object', headerIs('__proto__', 'a'), [header('__proto__', 'a')], true],
  ])('%s', (_case, when, headers, expected) => {
    expect(matchCondition(when)({ headers })).toBe(expected)
  })
})

describe('a field', () => {
  const throwing = Object.defineProperty({}, 'kind', {
    get() {
      throw new Error('hostile')
    },
  })
  it.each<[string, unknown, boolean]>([
    ['with the value', { kind: 'a' }, true],
    ['with another', { kind: 'b' }, false],
    ['that is missing', {}, false],
    ['of a tombstone', null, false],
    ['of a text', 'a', false],
    [
      'of a class, from its prototype',
      new (class {
        get kind() {
          return 'a'
        }
      })(),
      true,
    ],
    ['that throws when it is read', throwing, false],
  ])('%s', (_case, message, expected) => {
    expect(matchCondition(fieldIs('kind', 'a'))({ headers: [], decoded: { message } })).toBe(expected)
  })

  it('is not known before the record is decoded, unless a header decides alone', () => {
    const headers = [header('kind', 'a')]
    const known = (when: Condition) => matchCondition(when)({ headers })
    expect(known(fieldIs('x', 1))).toBeUndefined()
    expect([known(allOf(fieldIs('x', 1), kind('b'))), known(anyOf(fieldIs('x', 1), kind('a')))]).toEqual([false, true])
    expect([known(allOf(fieldIs('x', 1), kind('a'))), known(anyOf(fieldIs('x', 1), kind('b')))]).toEqual([
      undefined,
      undefined,
    ])
  })
})

describe('overlap', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 })
  const pattern = fc.oneof(
    letters,
    letters.map((some) => `${some}*`),
    letters.map((some) => `*${some}`),
  )
  const name = fc.constantFrom('h1', 'h2')
  const leaf: fc.Arbitrary<Condition> = fc.oneof(
    fc.tuple(name, pattern, fc.array(pattern, { maxLength: 2 })).map(([of, one, more]) => headerIs(of, one, ...more)),
    fc
      .tuple(fc.constantFrom('f1', 'f2'), fc.uniqueArray(fc.constantFrom<FieldValue>(1, 'x', true), { minLength: 1 }))
      .map(([of, values]): Condition => ({ kind: 'field', name: of, values })),
  )
  const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 2 },
      leaf,
      fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => allOf(a, b)),
      fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => anyOf(a, b)),
    ),
  }))
  const headersOf = (values: Iterable<readonly [string, string]>) => [...values].map(([at, value]) => header(at, value))
  const record = fc.record({
    headers: fc.dictionary(name, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 7 })),
    fields: fc.dictionary(fc.constantFrom('f1', 'f2'), fc.constantFrom<FieldValue>(1, 'x', true)),
  })

  it('is found wherever a record meets both', () => {
    fc.assert(
      fc.property(condition, condition, record, (one, other, { headers, fields }) => {
        const known = { headers: headersOf(Object.entries(headers)), decoded: { message: fields } }
        fc.pre(matchCondition(one)(known) === true && matchCondition(other)(known) === true)
        expect(findOverlap(one, other)).toBeDefined()
      }),
      { numRuns: 300 },
    )
  })

  it('names a record that meets both', () => {
    fc.assert(
      fc.property(condition, condition, (one, other) => {
        const overlap = findOverlap(one, other)
        if (overlap === undefined || overlap === 'undecided') return fc.pre(false)
        const known = { headers: headersOf(overlap.headers), decoded: { message: Object.fromEntries(overlap.fields) } }
        expect([matchCondition(one)(known), matchCondition(other)(known)]).toEqual([true, true])
      }),
      { numRuns: 500 },
    )
  })
})
