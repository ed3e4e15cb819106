import { describe, expect, it } from 'vitest'
import type { Clock } from '../observe/clock.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { Turn } from './turn.js'

function setup(recordMs: number) {
  let now = 0
  let looks = 0
  const clock: Clock = { ...createHandClock(), now: () => (looks++, now) }
  const turn = new Turn(clock)
  looks = 0
  /** Records until the turn is over. */
  const run = (): number => {
    for (let records = 1; ; records += 1) {
      now += recordMs
      if (turn.isOver()) return records
    }
  }
  return { turn, run, looks: () => looks, slow: (ms: number) => (recordMs = ms) }
}

describe('Turn', () => {
  it('ends after 10 ms of fast records, and looks at the clock for one in eight of them', () => {
    const { run, looks } = setup(0.01)
    expect(run()).toBeGreaterThanOrEqual(1_000)
    expect(looks()).toBeLessThan(150)
  })

  it('ends after each record that takes longer than the turn', async () => {
    const { run, turn } = setup(20)
    expect(run()).toBe(1)
    await turn.pass()
    expect(run()).toBe(1)
  })

  it('lets at most eight records pass before it notices that they have become slow', async () => {
    const { run, turn, slow } = setup(0.01)
    run()
    await turn.pass()
    slow(1_000)
    expect(run()).toBeLessThanOrEqual(8)
    await turn.pass()
    expect(run()).toBe(1)
  })
})
