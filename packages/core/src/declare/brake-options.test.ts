import { describe, expect, it } from 'vitest'
import { isMillraceError } from '../millrace-error.js'
import { buildPlan } from './build-plan.js'
import { brakeDefaults, brakeKind } from './brake-options.js'
import { defineConsumer, handle } from './define-consumer.js'
import type { HandleOptions } from './handle-options.js'
import { bytes } from './serdes/bytes.js'
import { topic } from './topic.js'

const Orders = topic('orders', { key: bytes, value: bytes })

const planned = (options: HandleOptions, defaults: HandleOptions = {}) => {
  const consumer = defineConsumer({ group: 'billing', defaults, handlers: [handle(Orders, options, () => undefined)] })
  return buildPlan([consumer], { env: {} }).groups[0]?.handlers[0]?.brake
}
const problemOf = (options: HandleOptions): string => {
  try {
    planned(options)
    return ''
  } catch (error) {
    return isMillraceError(error) ? error.message : String(error)
  }
}

describe('the brake of a handler', () => {
  it.each<[string, HandleOptions, HandleOptions, object | undefined]>([
    ['is on where there are dead letters', { deadLetter: true }, {}, brakeDefaults],
    [
      'takes what is written over the defaults',
      { deadLetter: true, brake: { probe: '5s' } },
      {},
      { ...brakeDefaults, probeMs: 5_000 },
    ],
    ['can be turned off', { deadLetter: true, brake: 'off' }, {}, undefined],
    ['is nothing without dead letters', { onExhausted: 'halt' }, {}, undefined],
    ['is nothing at most once', { delivery: 'at-most-once' }, {}, undefined],
    ['is inherited', { deadLetter: true }, { brake: { records: 10 } }, { ...brakeDefaults, records: 10 }],
    ['replaces what it would inherit', { deadLetter: true, brake: 'off' }, { brake: { records: 10 } }, undefined],
    ['is not inherited where it makes no sense', { onExhausted: 'skip' }, { deadLetter: true, brake: {} }, undefined],
    ['is not inherited at most once', { delivery: 'at-most-once' }, { deadLetter: true, brake: {} }, undefined],
  ])('%s', (_behaviour, options, defaults, expected) => {
    expect(planned(options, defaults)).toEqual(expected)
  })

  it.each<[HandleOptions, string]>([
    [{ onExhausted: 'halt', brake: {} }, 'it has brake, but no dead letters'],
    [{ delivery: 'at-most-once', brake: {} }, 'at-most-once has no brake'],
    [{ deadLetter: true, brake: { share: 100 } }, 'brake: share 100 is not an integer from 1 to 99'],
    [{ deadLetter: true, brake: { wimdow: '1s' } } as never, 'brake: wimdow is not an option'],
  ])('is refused: %j', (options, text) => {
    expect(problemOf(options)).toContain(text)
  })

  it.each([7, null, [], 'on'])('can not be %j', (given) => {
    expect(brakeKind.parse(given)).toMatchObject({ kind: 'wrong' })
  })

  it('off is no contradiction where there is nothing to turn off', () => {
    expect(problemOf({ onExhausted: 'halt', brake: 'off' })).toBe('')
  })
})
