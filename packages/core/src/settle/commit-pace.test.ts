import { expect, it } from 'vitest'
import { limitOfNext, type PaceFacts, type PastTransaction, shareOut, waitBeforeNext } from './commit-pace.js'

const pace = { intervalMs: 100, records: 500 }
/** Long after a transaction of 10 ms, with something decided just now. */
const facts: PaceFacts = {
  ...{ now: 10_000, decided: 1, sinceMs: 10_000, isIdle: false, isFull: false, failures: 0 },
  ...{ lastStartedAt: 5_000, lastEndedAt: 5_010 },
}

it.each<[string, Partial<PaceFacts>, number]>([
  ['waits the interval from the first record on', {}, 100],
  ['waits what is left of it', { sinceMs: 9_970 }, 70],
  ['is due when the interval is over', { sinceMs: 9_000 }, 0],
  ['is due when enough is decided', { decided: 500 }, 0],
  ['is due when nothing is left to work on', { isIdle: true }, 0],
  ['but not within the interval of the last one', { isIdle: true, lastStartedAt: 9_950, lastEndedAt: 9_960 }, 100],
  ['follows no sooner than the last one took', { decided: 500, lastStartedAt: 9_960, lastEndedAt: 10_000 }, 40],
  ['counts that from the end of the last one', { decided: 500, lastStartedAt: 9_930, lastEndedAt: 9_970 }, 10],
  ['or an interval after the last one began', { decided: 500, lastStartedAt: 9_940, lastEndedAt: 10_000 }, 40],
  ['and at once where that one took longer', { decided: 500, lastStartedAt: 4_000, lastEndedAt: 10_000 }, 0],
  ['is due when the buffer is full', { isFull: true }, 0],
  ['and follows at once then', { isFull: true, lastStartedAt: 9_900, lastEndedAt: 10_000 }, 0],
  ['but not after a failure', { isFull: true, lastEndedAt: 10_000, failures: 1 }, 50],
  ['pauses 50 ms after a failure', { decided: 500, lastEndedAt: 10_000, failures: 1 }, 50],
  ['doubles that', { decided: 500, lastEndedAt: 10_000, failures: 4 }, 400],
  ['up to 5 s', { decided: 500, lastEndedAt: 10_000, failures: 40 }, 5_000],
  ['is not hurried by idleness after a failure', { isIdle: true, lastEndedAt: 10_000, failures: 3 }, 200],
])('%s', (_behaviour, changes, waitMs) => {
  expect(waitBeforeNext({ ...facts, ...changes }, pace)).toBe(waitMs)
})

it.each<[string, number, Partial<PastTransaction>, number]>([
  ['doubles after a quick one that was full', 2_000, { records: 2_000, durationMs: 40 }, 4_000],
  ['stays where the last one was not nearly full', 2_000, { records: 900, durationMs: 40 }, 2_000],
  ['falls to what an interval holds after a slow one', 8_000, { records: 8_000, durationMs: 400 }, 2_000],
  ['but not below 500, if one begins with as many', 8_000, { records: 8_000, durationMs: 100_000 }, 500],
  ['and does not rise after a slow one', 100, { records: 100, durationMs: 400 }, 100],
  ['halves after one that failed', 8_000, { records: 6_000, isStored: false }, 4_000],
  ['down to a single record', 1, { records: 1, isStored: false }, 1],
  ['and comes back from there', 1, { records: 1, durationMs: 8 }, 2],
])('how many records the next one takes %s', (_behaviour, limit, last, next) => {
  expect(limitOfNext(limit, { records: 1, durationMs: 10, isStored: true, ...last }, pace)).toBe(next)
})

it.each<[string, number, readonly number[], readonly number[]]>([
  ['all where it is enough', 100, [10, 0, 30], [10, 0, 30]],
  ['equal parts of what is too much', 30, [100, 100, 100], [10, 10, 10]],
  ['the short ones whole, the long ones the rest', 100, [500, 10, 500], [45, 10, 45]],
  ['one record to somebody, however small the limit', 1, [500, 10, 500], [0, 1, 0]],
  ['nothing of nothing', 10, [], []],
])('shares a limit out: %s', (_behaviour, limit, lengths, shares) => {
  expect(shareOut(limit, lengths)).toEqual(shares)
})
