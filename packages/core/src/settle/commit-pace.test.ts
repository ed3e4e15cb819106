import { expect, it } from 'vitest'
import { type PaceFacts, waitBeforeNext } from './commit-pace.js'

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
  ['and never waits longer than the interval for it', { decided: 500, lastStartedAt: 4_000, lastEndedAt: 10_000 }, 100],
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
