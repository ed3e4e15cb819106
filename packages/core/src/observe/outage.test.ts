import { describe, expect, it } from 'vitest'
import { isOutage, outage } from './outage.js'
import { DependencyDown } from '../declare/verdict.js'

const down = new DependencyDown('billing')
const chain = (depth: number): unknown =>
  depth === 0 ? down : Object.assign(new Error(`depth ${depth}`), { cause: chain(depth - 1) })
const cyclic = new Error('its own cause')
cyclic.cause = cyclic
const resisting = Object.defineProperty(new Error('resists'), 'cause', {
  get: () => {
    throw new Error('no')
  },
})

describe('isOutage', () => {
  it.each<[string, unknown, boolean]>([
    ['a DependencyDown', down, true],
    ['an error that carries the mark', Object.assign(new Error('x'), { [outage]: true }), true],
    ['the mark of another copy of the package', { [Symbol.for('@millrace/core/outage')]: true }, true],
    ['an error with such a cause', new Error('x', { cause: down }), true],
    ['a cause deep below', chain(15), true],
    ['a cause that is too deep to look for', chain(16), false],
    ['any other error', new Error('x'), false],
    ['a mark that is not true', Object.assign(new Error('x'), { [outage]: 'yes' }), false],
    ['an error that is its own cause', cyclic, false],
    ['an error whose cause can not be read', resisting, false],
    ['nothing', undefined, false],
    ['text', 'down', false],
  ])('%s', (_what, thrown, expected) => {
    expect(isOutage(thrown)).toBe(expected)
  })

  it('a DependencyDown says what is down and keeps its cause', () => {
    const cause = new Error('ECONNREFUSED')
    expect(new DependencyDown('billing', { cause })).toMatchObject({
      message: 'billing is down',
      dependency: 'billing',
      cause,
    })
  })
})
