import { parseDuration } from '@millrace/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { badKeyPatterns, badKeys, badValues, brokenJsonValues, keysEqualAsText, oddJsonValues } from './bad-bytes.js'
import { badBehaviours, type BadEnd, badHandlers, badThrows } from './bad-handlers.js'
import { badHeaderLists, badHeaderNames, badHeaderValues } from './bad-headers.js'
import { illegalTopicNames, oddGroupNames, oddTopicNames } from './bad-names.js'
import { badCounts, badDurations } from './bad-options.js'
import { badAttempts, badDueTimes } from './bad-positions.js'

const lists = {
  badKeys,
  badValues,
  badHeaderNames,
  badHeaderValues,
  badHeaderLists,
  illegalTopicNames,
  oddTopicNames,
  oddGroupNames,
  badDurations,
  badCounts,
  badDueTimes,
  badAttempts,
}

describe('the bad input lists', () => {
  it.each(Object.entries(lists))(
    '%s: each entry has a name of its own and gives the same value each time',
    (_list, list) => {
      expect(new Set(list.map(({ name }) => name)).size).toBe(list.length)
      for (const { make } of list) {
        const [one, other] = [make(), make()]
        // toEqual walks buffers byte by byte, which takes seconds for 10 MB.
        const isSame = Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : undefined
        if (isSame === undefined) expect(one).toEqual(other)
        else expect(isSame).toBe(true)
      }
    },
  )

  it('hold what their names promise about JSON', () => {
    const decode = (bytes: Buffer): unknown =>
      JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    for (const { name, make } of brokenJsonValues) expect(() => decode(make()), name).toThrow()
    for (const { name, make } of oddJsonValues) expect(() => decode(make()), name).not.toThrow()
  })

  it('hold no duration by mistake', () => {
    for (const { name, make } of badDurations) expect(parseDuration(make()), name).toBeUndefined()
  })

  it('hold keys that are equal as text only', () => {
    const [one, other] = keysEqualAsText
    expect(one.toString('utf8')).toBe(other.toString('utf8'))
    expect(one.equals(other)).toBe(false)
    expect(badKeyPatterns.map(({ keyAt }) => String(keyAt(0)) === String(keyAt(1)))).toEqual([true, false, true, true])
  })

  it('hold topic names on the right side of the rule', () => {
    const isLegal = (name: string) => /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..'
    expect(illegalTopicNames.filter(({ make }) => isLegal(make())).map(({ name }) => name)).toEqual([])
    expect(oddTopicNames.filter(({ make }) => !isLegal(make())).map(({ name }) => name)).toEqual([])
  })
})

/** What has become of the promise at once, and when a late one has had its time. */
const endings: Readonly<Record<BadEnd, readonly [string, string]>> = {
  throws: ['rejected', 'rejected'],
  rejects: ['rejected', 'rejected'],
  'rejects late': ['open', 'rejected'],
  'never settles': ['open', 'open'],
  'resolves late': ['open', 'resolved'],
  blocks: ['resolved', 'resolved'],
  resolves: ['resolved', 'resolved'],
  exits: ['open', 'open'],
}

afterEach(() => vi.useRealTimers())

describe('the bad handlers', () => {
  const run = (handler: (typeof badHandlers)[number]): 'threw' | { returned: unknown } => {
    try {
      return { returned: handler.run({ message: { a: 1 }, signal: new AbortController().signal, ms: 1 }) }
    } catch {
      return 'threw'
    }
  }

  it.each(badThrows)('$name', (handler) => {
    expect(run(handler)).toBe('threw')
  })

  it.each(badBehaviours.filter(({ onlyInChild }) => onlyInChild === undefined))('$name: $end', async (handler) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const result = run(handler)
    let end = 'open'
    void (async () => (result === 'threw' ? Promise.reject(new Error('threw')) : result.returned))().then(
      () => (end = 'resolved'),
      () => (end = 'rejected'),
    )
    await vi.advanceTimersByTimeAsync(0)
    const atOnce = end
    await vi.advanceTimersByTimeAsync(1)
    expect([atOnce, end]).toEqual(endings[handler.end])
  })
})
