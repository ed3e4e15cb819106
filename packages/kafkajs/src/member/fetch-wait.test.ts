import { expect, it } from 'vitest'
import { fetchWaitMs, type MissingLease } from './fetch-wait.js'

it.each<[string, MissingLease[], number]>([
  ['nobody is missing: the long poll', [], 500],
  ['a lease has just been paused: the shortest', [{ pausedForMs: 1 }], 10],
  ['a quarter of the time it has been away', [{ pausedForMs: 400 }], 100],
  ['one that stays away costs four polls a second', [{ pausedForMs: 3_600_000 }], 250],
  ['the one that has been away least decides', [{ pausedForMs: 10_000 }, { pausedForMs: 200 }], 50],
  ['a failing lease: until it is asked again', [{ retryInMs: 80 }], 80],
  ['a failing lease that waits longer than a poll', [{ retryInMs: 5000 }], 500],
  ['a failing lease that is overdue', [{ retryInMs: -3 }], 10],
  ['a failing lease that is paused is not asked again', [{ pausedForMs: 400, retryInMs: 1 }], 100],
])('%s', (_behaviour, missing, waitMs) => {
  expect(fetchWaitMs(missing)).toBe(waitMs)
})
