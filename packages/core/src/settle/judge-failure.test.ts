import { describe, expect, it } from 'vitest'
import { DependencyDown } from '../declare/verdict.js'
import type { Failure } from '../process/outcome.js'
import { steps } from '../test-support/plans.js'
import { type FailurePolicy, judgeFailure } from './judge-failure.js'

const error = new Error('down')
const failure = (overrides: Partial<Failure> = {}): Failure => ({
  stage: 'handle',
  error,
  isFinal: false,
  ...overrides,
})
const policy = (overrides: Partial<FailurePolicy> = {}): FailurePolicy => ({
  delivery: 'at-least-once',
  retry: steps(3),
  isRetriable: () => true,
  exhaustion: { kind: 'dead-letter', topic: 'orders.dlq' },
  ...overrides,
})

describe('judgeFailure', () => {
  it.each<[string, Failure, number, FailurePolicy, object]>([
    ['waits as the retry policy says', failure(), 1, policy(), { kind: 'wait', delayMs: 10 }],
    ['waits longer for the second time', failure(), 2, policy(), { kind: 'wait', delayMs: 20 }],
    ['gives up when the attempts are used up', failure(), 3, policy(), { kind: 'give-up', topic: 'orders.dlq' }],
    ['does not retry what is not worth it', failure(), 1, policy({ isRetriable: () => false }), { kind: 'give-up' }],
    ['gives up at once on DeadLetter', failure({ isFinal: true }), 1, policy(), { kind: 'give-up' }],
    [
      'waits as long as RetryAfter says',
      failure({ retryAfterMs: 9_000 }),
      1,
      policy(),
      { kind: 'wait', delayMs: 9_000 },
    ],
    ['counts RetryAfter among the attempts', failure({ retryAfterMs: 9_000 }), 3, policy(), { kind: 'give-up' }],
    ['halts where the plan says so', failure(), 3, policy({ exhaustion: { kind: 'halt' } }), { kind: 'halt' }],
    [
      'skips only where the plan says so',
      failure(),
      3,
      policy({ exhaustion: { kind: 'skip' } }),
      { kind: 'skip', reason: 'exhausted' },
    ],
    [
      'never redelivers in at-most-once mode',
      failure({ retryAfterMs: 10 }),
      1,
      policy({ delivery: 'at-most-once' }),
      { kind: 'skip', reason: 'at-most-once' },
    ],
  ])('%s', (_behaviour, failed, attempt, given, verdict) => {
    expect(judgeFailure(failed, { attempt, waitedMs: 0 }, given, Math.random)).toMatchObject(verdict)
  })
})

describe('a service that is away', () => {
  const down = failure({ error: new Error('refused', { cause: new DependencyDown('billing') }) })
  const hold = { kind: 'hold', reason: 'dependency-down' }

  it.each<[string, Failure, number, Partial<FailurePolicy>, object]>([
    ['holds its record', down, 1, {}, hold],
    ['holds it when the attempts are used up', down, 3, {}, hold],
    ['holds it whatever is worth a retry', down, 1, { isRetriable: () => false }, hold],
    ['holds it where the plan says halt', down, 3, { exhaustion: { kind: 'halt' } }, hold],
    ['holds it where the plan says skip', down, 3, { exhaustion: { kind: 'skip' } }, hold],
    ['holds it as long as RetryAfter says', { ...down, retryAfterMs: 9_000 }, 1, {}, { ...hold, delayMs: 9_000 }],
    ['is outdone by DeadLetter', { ...down, isFinal: true }, 1, {}, { kind: 'give-up' }],
    ['is no reason to redeliver in at-most-once mode', down, 1, { delivery: 'at-most-once' }, { kind: 'skip' }],
  ])('%s', (_behaviour, failed, attempt, given, verdict) => {
    expect(judgeFailure(failed, { attempt, waitedMs: 0 }, policy(given), Math.random)).toMatchObject(verdict)
  })

  it.each([
    [0, 1_000],
    [1, 2_000],
    [4, 16_000],
    [5, 30_000],
    [5_000, 30_000],
  ])('after %i waits is asked again in %i ms at most, and in half of it at least', (outages, longestMs) => {
    const delay = (random: number) => judgeFailure(down, { attempt: 1, waitedMs: 0, outages }, policy(), () => random)
    expect(delay(1)).toMatchObject({ delayMs: longestMs })
    expect(delay(0)).toMatchObject({ delayMs: longestMs / 2 })
  })
})

describe('a retry policy that somebody wrote by hand', () => {
  it.each<[string, () => number | undefined, object]>([
    ['no number', () => Number.NaN, { kind: 'wait', delayMs: 1_000 }],
    ['a negative wait', () => -5, { kind: 'wait', delayMs: 0 }],
    ['an endless wait', () => Infinity, { kind: 'wait', delayMs: 3_600_000 }],
    [
      'an error',
      () => {
        throw new Error('bug')
      },
      { kind: 'wait', delayMs: 1_000 },
    ],
    ['nothing', () => undefined, { kind: 'give-up' }],
  ])('may answer with %s', (_what, delayAfter, expected) => {
    const retry = { maxAttempts: 3, delayAfter }
    expect(judgeFailure(failure(), { attempt: 1, waitedMs: 0 }, policy({ retry }), Math.random)).toMatchObject(expected)
  })

  it('gets no more attempts than it says, even when it throws', () => {
    const retry = {
      maxAttempts: 3,
      delayAfter: () => {
        throw new Error('bug')
      },
    }
    const verdict = judgeFailure(failure(), { attempt: 3, waitedMs: 0 }, policy({ retry }), Math.random)
    expect(verdict).toMatchObject({ kind: 'give-up' })
  })
})
