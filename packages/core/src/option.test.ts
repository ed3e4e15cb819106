import { describe, expect, it } from 'vitest'
import { duration, integer, oneOf, text } from './option-kinds.js'
import { option, optional, resolveOptions } from './option.js'

const table = {
  timeout: option({ kind: duration({ min: '100ms', max: '30m' }), default: '20s', doc: '' }),
  concurrency: option({ kind: integer({ min: 1, max: 10 }), default: 4, doc: '' }),
  mode: option({ kind: oneOf('a', 'b'), default: 'a', doc: '' }),
  prefix: optional({ kind: text(), doc: '' }),
}

describe('resolveOptions', () => {
  it('fills in defaults and turns durations into milliseconds under a name that says so', () => {
    const { value, problems } = resolveOptions(table, {}, 'worker')
    expect(value).toEqual({ timeoutMs: 20_000, concurrency: 4, mode: 'a' })
    expect(problems).toEqual([])
  })

  it('takes what was given, and undefined as left out', () => {
    const { value } = resolveOptions(table, { timeout: '1s', mode: 'b', concurrency: undefined, prefix: 'x' }, 'worker')
    expect(value).toEqual({ timeoutMs: 1_000, concurrency: 4, mode: 'b', prefix: 'x' })
  })

  it('names all faults at once, unknown names included, each with its place and fix', () => {
    const input = { timeout: '10S', concurrency: 0, mode: null, prefix: ' ', timeOut: '1s', ['__proto__']: 1 }
    const { problems } = resolveOptions(table, input, 'worker')
    expect(problems).toEqual([
      { where: 'worker: timeout', problem: '"10S" is not a duration', fix: "write a number and a unit, such as '10s'" },
      {
        where: 'worker: concurrency',
        problem: '0 is not an integer from 1 to 10',
        fix: 'use an integer from 1 to 10',
      },
      { where: 'worker: mode', problem: "null is not one of 'a', 'b'", fix: "use one of 'a', 'b'" },
      { where: 'worker: prefix', problem: '" " is not a non-empty string', fix: 'pass a non-empty string' },
      { where: 'worker: timeOut', problem: 'is not an option', fix: 'use one of timeout, concurrency, mode, prefix' },
      { where: 'worker: __proto__', problem: 'is not an option', fix: 'use one of timeout, concurrency, mode, prefix' },
    ])
  })

  it('gives a faulty option its default, so that the value can still be worked with', () => {
    const { value } = resolveOptions(table, { timeout: 'soon', concurrency: 99, prefix: 1 }, 'worker')
    expect(value).toEqual({ timeoutMs: 20_000, concurrency: 4, mode: 'a' })
  })

  it('survives a circular value and a missing table of options', () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    expect(resolveOptions(table, { timeout: circular }, 'worker').problems).toHaveLength(1)
    expect(resolveOptions(table, JSON.parse('null'), 'worker').value.concurrency).toBe(4)
  })
})
