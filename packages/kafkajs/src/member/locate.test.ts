import { describe, expect, it } from 'vitest'
import { decide } from './locate.js'

type Options = Parameters<typeof decide>[2]
const log = { start: 60n, end: 100n }
const reset = (outOfRange: Options['outOfRange'], startFrom: Options['startFrom'] = 'earliest'): Options => ({
  startFrom,
  outOfRange,
})

describe('where a lease goes on', () => {
  it.each<[string, bigint | undefined, Options, bigint]>([
    ['a new group at the start of the log', undefined, reset('fail'), 60n],
    ['a new group at the end, if it asked for that', undefined, reset('earliest', 'latest'), 100n],
    ['what retention took: at the start', 10n, reset('earliest'), 60n],
    ['what retention took: at the end', 10n, reset('latest'), 100n],
    ['beyond the end: at the start', 101n, reset('earliest'), 60n],
    ['beyond the end: at the end', 101n, reset('latest'), 100n],
    ['inside the log: where it is', 80n, reset('latest'), 80n],
    ['the first record is inside', 60n, reset('fail'), 60n],
    ['the end is inside: nothing to read yet', 100n, reset('fail'), 100n],
  ])('%s', (_behaviour, position, options, offset) => {
    expect(decide(position, log, options, 'orders/0')).toEqual({ kind: 'at', offset, endOffset: 100n })
  })

  it.each<[string, bigint, Options['outOfRange'], bigint]>([
    ['at its start', 80n, 'earliest', 60n],
    ['at its end', 80n, 'latest', 100n],
  ])('in a log that took the place of another: %s, wherever it stood', (_where, position, outOfRange, offset) => {
    const replaced = { ...log, isReplaced: true }
    expect(decide(position, replaced, reset(outOfRange), 'orders/0')).toEqual({ kind: 'at', offset, endOffset: 100n })
    const refused = decide(position, replaced, reset('fail'), 'orders/0')
    expect(refused).toMatchObject({
      kind: 'failed',
      isPolicy: true,
      error: { message: expect.stringContaining('created again') },
    })
  })

  it.each([59n, 101n])('nowhere, from %s with the policy fail', (position) => {
    expect(decide(position, log, reset('fail'), 'orders/0')).toMatchObject({ kind: 'failed', isPolicy: true })
  })
})
