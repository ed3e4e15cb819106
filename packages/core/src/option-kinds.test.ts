import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bool,
  byteSize,
  duration,
  durationOrOff,
  integer,
  kafkaName,
  oneOf,
  parseDuration,
  text,
  toMs,
} from './option-kinds.js'

describe('a duration', () => {
  it.each([
    ['0ms', 0],
    ['1ms', 1],
    ['250ms', 250],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['1.5m', 90_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('%s is %d ms', (input, expected) => {
    expect(parseDuration(input)).toBe(expected)
  })

  it.each([
    '',
    ' ',
    '0',
    '10',
    's',
    'ms',
    '-1s',
    '+1s',
    '10S',
    '10MS',
    '10 s',
    ' 10s',
    '10s ',
    '10s\n',
    '1e3ms',
    '0x10s',
    '1,5s',
    '.5s',
    '5.s',
    '1.2.3s',
    '1m30s',
    '10sec',
    '10y',
    '１０s',
    'Infinity',
    'Infinitys',
    'NaN',
    'NaNms',
    '10constructor',
    '10toString',
    '10hasOwnProperty',
    0,
    10_000,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n,
    true,
    null,
    undefined,
    {},
    ['10s'],
    Symbol('10s'),
    () => '10s',
  ])('refuses %o', (input) => {
    expect(parseDuration(input)).toBeUndefined()
    expect(duration({ min: '0ms', max: '30m' }).parse(input)).toMatchObject({ kind: 'wrong' })
  })

  it.each([
    ['below', '99ms', 'wrong'],
    ['at the lower limit', '100ms', 'ok'],
    ['at the upper limit in another unit', '1800s', 'ok'],
    ['above', '31m', 'wrong'],
    ['far above', `${'9'.repeat(400)}s`, 'wrong'],
  ])('%s its limits is judged so', (_where, input, kind) => {
    expect(duration({ min: '100ms', max: '30m' }).parse(input).kind).toBe(kind)
  })

  it('is read the same by toMs', () => {
    fc.assert(fc.property(fc.nat(1_000_000), (n) => toMs(`${n}s`) === n * 1000 && toMs(`${n}ms`) === n))
  })

  it('never throws, whatever is passed', () => {
    const kind = duration({ min: '0ms', max: '1h' })
    fc.assert(fc.property(fc.anything(), (input) => ['ok', 'wrong'].includes(kind.parse(input).kind)))
  })
})

describe('a size', () => {
  it.each([
    ['1B', 1],
    ['64kB', 64_000],
    ['1MB', 1_000_000],
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['2GiB', 2_147_483_648],
  ])('%s is %d bytes', (input, value) => {
    expect(byteSize({ min: '1B', max: '4GiB' }).parse(input)).toEqual({ kind: 'ok', value })
  })

  it.each(['64', '64KB', '64kb', '64mib', '-1kB', '5GiB', '', 64_000])('refuses %o', (input) => {
    expect(byteSize({ min: '1B', max: '4GiB' }).parse(input)).toMatchObject({ kind: 'wrong' })
  })
})

describe('the other kinds', () => {
  it.each([
    ['an integer inside its limits', integer({ min: 1, max: 5 }), 5, 'ok'],
    ['an integer above', integer({ min: 1, max: 5 }), 6, 'wrong'],
    ['zero below the minimum', integer({ min: 1, max: 5 }), 0, 'wrong'],
    ['a negative number', integer({ min: 1, max: 5 }), -1, 'wrong'],
    ['a fraction', integer({ min: 1, max: 5 }), 1.5, 'wrong'],
    ['Infinity', integer({ min: 1, max: 5 }), Number.POSITIVE_INFINITY, 'wrong'],
    ['NaN', integer({ min: 1, max: 5 }), Number.NaN, 'wrong'],
    ['a number as text', integer({ min: 1, max: 5 }), '3', 'wrong'],
    ['one of the choices', oneOf('halt', 'skip'), 'skip', 'ok'],
    ['another word', oneOf('halt', 'skip'), 'drop', 'wrong'],
    ['a choice in another case', oneOf('halt', 'skip'), 'Halt', 'wrong'],
    ['true', bool(), true, 'ok'],
    ['the text "true"', bool(), 'true', 'wrong'],
    ['text', text(), 'a', 'ok'],
    ['empty text', text(), '', 'wrong'],
    ['white space', text(), ' \t', 'wrong'],
    ['a name of a pod', kafkaName(), 'billing-0.eu_1', 'ok'],
    ['a name with a slash', kafkaName(), 'a/b', 'wrong'],
    ['a path', kafkaName(), '..', 'wrong'],
    ['a name of 250 letters', kafkaName(), 'a'.repeat(250), 'wrong'],
  ])('%s', (_case, kind, input, expected) => {
    expect(kind.parse(input).kind).toBe(expected)
  })

  it.each([
    ['Infinity', integer({ min: 1, max: 5 }), Number.POSITIVE_INFINITY],
    ['NaN', integer({ min: 1, max: 5 }), Number.NaN],
    ['10n', integer({ min: 1, max: 5 }), 10n],
    ['a function', bool(), () => 'secret'],
    ['an object', bool(), { password: 'secret' }],
    ['Symbol(secret?)', bool(), Symbol('secret?')],
  ])('names %s in the message as what it is, and shows nothing inside it', (shown, kind, input) => {
    const parsed = kind.parse(input)
    expect(parsed.kind === 'wrong' && parsed.problem.startsWith(`${shown} is not`)).toBe(true)
  })

  it('cuts a long text in the message', () => {
    const parsed = bool().parse('x'.repeat(10_000))
    expect(parsed.kind === 'wrong' && parsed.problem.length).toBeLessThan(100)
  })
})

it('a duration that may be off is undefined then, and otherwise as limited as any', () => {
  const { parse, shape } = durationOrOff({ min: '1s', max: '1h' })
  expect([parse('off'), parse('2s')]).toEqual([
    { kind: 'ok', value: undefined },
    { kind: 'ok', value: 2_000 },
  ])
  expect([parse('OFF'), parse('2h')]).toMatchObject([
    { kind: 'wrong', fix: expect.stringContaining("or 'off'") },
    { kind: 'wrong', problem: '"2h" is out of range' },
  ])
  expect(shape).toBe("duration, 1s to 1h, or 'off'")
})
