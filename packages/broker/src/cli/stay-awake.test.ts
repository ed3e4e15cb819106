import { describe, expect, it } from 'vitest'
import { createStayAwake } from './stay-awake.js'

function setup() {
  let at = 0
  let turns: (() => void)[] = []
  const { answered } = createStayAwake({ now: () => at, nextTurn: (call) => void turns.push(call) })
  return {
    /** So many answers, each so long behind the one before. */
    answers(count: number, gapMs: number) {
      for (let index = 0; index < count; index += 1) {
        at += gapMs
        answered()
      }
    },
    /** One turn of the event loop; how many calls it made. */
    turn(afterMs: number) {
      at += afterMs
      const due = turns
      turns = []
      for (const call of due) call()
      return due.length
    },
  }
}

describe('staying awake', () => {
  it('begins when many answers follow each other closely, and not before', () => {
    const { answers, turn } = setup()
    answers(8, 0.1)
    expect(turn(0)).toBe(0)
    answers(1, 0.1)
    expect(turn(0)).toBe(1)
  })

  it('goes on while requests come, in one turn at a time, and ends half a millisecond behind the last', () => {
    const { answers, turn } = setup()
    answers(20, 0.1)
    expect([turn(0.1), turn(0.1)]).toEqual([1, 1])
    answers(3, 0.01)
    expect([turn(0.2), turn(0.2), turn(0.2)]).toEqual([1, 1, 1])
    expect(turn(0)).toBe(0)
  })

  it('sleeps between requests that come now and then, however many', () => {
    const { answers, turn } = setup()
    answers(1_000, 0.6)
    expect(turn(0)).toBe(0)
  })

  it('counts from the beginning after a pause', () => {
    const { answers, turn } = setup()
    answers(9, 0.1)
    expect([turn(1), turn(0)]).toEqual([1, 0])
    answers(7, 0.1)
    answers(1, 1)
    answers(7, 0.1)
    expect(turn(0)).toBe(0)
  })
})
