import { fail } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { createErrorType } from './error-type.js'

const named = (name: unknown): Error => Object.defineProperty(new Error('no'), 'name', { get: () => name })

describe('the type of an error', () => {
  it('is our code, or the name of its class', () => {
    const typeOf = createErrorType('other')
    expect(typeOf(fail('MILLRACE_PRODUCE_CLOSED', {}))).toBe('MILLRACE_PRODUCE_CLOSED')
    expect(typeOf(new RangeError('no'))).toBe('RangeError')
  })

  it('has so many values and no more; those that are known stay', () => {
    const typeOf = createErrorType('other', 2)
    expect(['A', 'B', 'C', 'B', 'D'].map((name) => typeOf(named(name)))).toEqual(['A', 'B', 'other', 'B', 'other'])
  })

  it.each([[''], [5], [undefined]])('is Error where the name says nothing: %s', (name) => {
    expect(createErrorType('other')(named(name))).toBe('Error')
  })

  it('survives a name that throws, and cuts one that is endless', () => {
    const throws = Object.defineProperty(new Error('no'), 'name', {
      get: () => {
        throw new Error('name')
      },
    })
    const typeOf = createErrorType('other')
    expect(typeOf(throws)).toBe('Error')
    expect(typeOf(named('x'.repeat(1_000)))).toHaveLength(100)
  })
})
