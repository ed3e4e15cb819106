import { describe, expect, it } from 'vitest'
import type { Failure, Outcome } from '../process/outcome.js'
import { receivedRecord } from '../test-support/records.js'
import type { Verdict } from './judge-failure.js'
import { type DeadLetterSettlement, type Destinations, settle } from './settle.js'

const failure: Failure = { stage: 'handle', error: new Error('down'), isFinal: false }
const failed: Outcome = { kind: 'failed', failure }

function setup(verdict: Verdict, ack: DeadLetterSettlement = 'acknowledged') {
  const told: string[] = []
  const to: Destinations = {
    afterFailure: () => verdict,
    writeDeadLetter: async (_record, _failure, topic) => {
      told.push(`written to ${topic}`)
      return ack
    },
    waiting: (_record, _failure, delayMs) => void told.push(`waiting ${delayMs}`),
    holding: (_record, _failure, { reason, delayMs }) => void told.push(`holding ${delayMs}: ${reason}`),
    heldNoMore: (_record, hasPassed) => void told.push(hasPassed ? 'passed' : 'held no more'),
    skipped: (_record, reason) => void told.push(`skipped: ${reason}`),
    halted: () => void told.push('halted'),
  }
  const record = receivedRecord()
  return { told, to, record, settle: (outcome: Outcome) => settle(outcome, record, to) }
}

const wait: Verdict = { kind: 'wait', delayMs: 5 }

describe('settle', () => {
  it.each<[string, Outcome, Verdict, DeadLetterSettlement, string, string[]]>([
    ['a success is processed', { kind: 'succeeded' }, wait, 'acknowledged', 'processed', []],
    ['an interruption settles nothing', { kind: 'interrupted' }, wait, 'acknowledged', 'abandoned', []],
    [
      'Skip is skipped with its reason',
      { kind: 'declined', reason: 'test' },
      wait,
      'acknowledged',
      'skipped',
      ['skipped: test'],
    ],
    [
      'what is not its own fault holds it',
      failed,
      { kind: 'hold', reason: 'dependency-down', delayMs: 9 },
      'acknowledged',
      'again',
      ['holding 9: dependency-down'],
    ],
    ['a retry waits', failed, wait, 'acknowledged', 'again', ['waiting 5']],
    [
      'a dead letter settles once it is acknowledged',
      failed,
      { kind: 'give-up', failure, topic: 'dlq' },
      'acknowledged',
      'dead-lettered',
      ['written to dlq'],
    ],
    [
      'a dead letter that was cut short settles nothing',
      failed,
      { kind: 'give-up', failure, topic: 'dlq' },
      'abandoned',
      'abandoned',
      ['written to dlq'],
    ],
    [
      'a dead letter that does not fit stops the lane',
      failed,
      { kind: 'give-up', failure, topic: 'dlq' },
      { kind: 'halt', failure },
      'halted',
      ['written to dlq', 'halted'],
    ],
    [
      'a dead letter that does not fit is skipped where that was written',
      failed,
      { kind: 'give-up', failure, topic: 'dlq' },
      { kind: 'skip', failure, reason: 'oversize-dead-letter' },
      'skipped',
      ['written to dlq', 'skipped: oversize-dead-letter'],
    ],
    ['halt stops the lane', failed, { kind: 'halt', failure }, 'acknowledged', 'halted', ['halted']],
    [
      'an explicit skip is told',
      failed,
      { kind: 'skip', failure, reason: 'exhausted' },
      'acknowledged',
      'skipped',
      ['skipped: exhausted'],
    ],
  ])('%s', async (_behaviour, outcome, verdict, ack, kind, told) => {
    const world = setup(verdict, ack)
    expect((await world.settle(outcome)).kind).toBe(kind)
    expect(world.told).toEqual(told)
  })

  it('answers a success without a promise', () => {
    expect(setup(wait).settle({ kind: 'succeeded' })).not.toBeInstanceOf(Promise)
  })
})

describe('settle in a pipeline', () => {
  const letter = { topic: 'dlq', key: null, value: null }
  const output = { topic: 'invoices', key: null, value: Buffer.from('one') }

  it.each<[string, Outcome, Verdict, object, string[]]>([
    [
      'a success has its outputs',
      { kind: 'succeeded', outputs: [output] },
      wait,
      { kind: 'processed', outputs: [output] },
      [],
    ],
    ['a filter has none', { kind: 'succeeded' }, wait, { kind: 'processed', outputs: [] }, []],
    ['Skip has none', { kind: 'declined', reason: 'test' }, wait, { kind: 'skipped', outputs: [] }, ['skipped: test']],
    [
      'a dead letter is an output, and nothing is written here',
      failed,
      { kind: 'give-up', failure, topic: 'dlq' },
      { kind: 'dead-lettered', outputs: [letter] },
      ['letter for dlq'],
    ],
    [
      'a skip by policy has none',
      failed,
      { kind: 'skip', failure, reason: 'exhausted' },
      { kind: 'skipped', outputs: [] },
      ['skipped: exhausted'],
    ],
    ['a halt stops the lane', failed, { kind: 'halt', failure }, { kind: 'halted' }, ['halted']],
    ['a retry waits', failed, wait, { kind: 'again', delayMs: 5 }, ['waiting 5']],
    ['an interruption settles nothing', { kind: 'interrupted' }, wait, { kind: 'abandoned' }, []],
  ])('%s, at once', (_behaviour, outcome, verdict, step, expected) => {
    const { told, to } = setup(verdict)
    const letterOf: Destinations['letterOf'] = (_record, _failure, topic) => {
      told.push(`letter for ${topic}`)
      return letter
    }
    expect(settle(outcome, receivedRecord(), { ...to, letterOf })).toEqual(step)
    expect(told).toEqual(expected)
  })
})

describe('a record that was held', () => {
  it.each<[string, Outcome, Verdict, readonly string[]]>([
    ['is let go by a success', { kind: 'succeeded' }, wait, ['passed']],
    ['is let go by a skip', { kind: 'declined', reason: 'test' }, wait, ['passed', 'skipped: test']],
    ['is let go by another failure', failed, wait, ['held no more', 'waiting 5']],
    [
      'is held on by the same',
      failed,
      { kind: 'hold', reason: 'dependency-down', delayMs: 9 },
      ['holding 9: dependency-down'],
    ],
    ['is left as it is where its lease ends', { kind: 'interrupted' }, wait, []],
  ])('%s', async (_behaviour, outcome, verdict, told) => {
    const bundle = setup(verdict)
    bundle.record.heldFor = 'dependency-down'
    await bundle.settle(outcome)
    expect(bundle.told).toEqual(told)
  })

  it('counts no attempt', () => {
    const { settle: run } = setup({ kind: 'hold', reason: 'dependency-down', delayMs: 9 })
    expect(run(failed)).toEqual({ kind: 'again', delayMs: 9, isHeld: true })
  })
})
