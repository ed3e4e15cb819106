import { describe, expect, it } from 'vitest'
import { describeError, errorFrom, escapeControl } from './thrown.js'

const throwing = (property: string): Error =>
  Object.defineProperty(new Error('x'), property, {
    get: () => {
      throw new Error('gotcha')
    },
  })

describe('what was thrown', () => {
  it('stays itself when it is a readable error', () => {
    const error = Object.freeze(new RangeError('deep'))
    expect(errorFrom(error)).toBe(error)
  })

  it.each<[string, unknown, string]>([
    ['a string', 'no "quotes"\nlost', '"no \\"quotes\\"\\nlost"'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object without a text', Object.create(null), 'a value that can not be shown'],
  ])('is named when it is %s', (_what, thrown, shown) => {
    expect(errorFrom(thrown)).toMatchObject({ code: 'MILLRACE_HANDLER_THREW', message: expect.stringContaining(shown) })
  })

  it('is replaced, and kept as the cause, when it can not be read', () => {
    for (const error of [throwing('message'), throwing('name')]) {
      expect(errorFrom(error)).toMatchObject({ code: 'MILLRACE_HANDLER_THREW', cause: error })
    }
  })

  it('is described by type, code and one line of text', () => {
    const error = Object.assign(new TypeError('first\nsecond'), { code: 'ECONNREFUSED' })
    expect(describeError(error)).toEqual({ type: 'TypeError', code: 'ECONNREFUSED', message: 'first\\u000asecond' })
    expect(describeError(new Error('x'.repeat(5_000))).message).toHaveLength(1_024)
    expect(describeError(throwing('code')).code).toBeUndefined()
    expect(describeError(new AggregateError([])).message).toBe('AggregateError without a message')
  })

  it('can not forge a line', () => {
    expect(escapeControl('a\r\nb\u0000c\u2028d\u001b[31m')).toBe('a\\u000d\\u000ab\\u0000c\\u2028d\\u001b[31m')
  })
})
