import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVirtualClock } from './virtual-clock.js'

const setup = () => {
  const clock = createVirtualClock({ startMs: 1_000 })
  const ran: string[] = []
  const note = (name: string) => () => void ran.push(`${name}@${clock.now()}`)
  return { clock, ran, note }
}

describe('createVirtualClock', () => {
  it('stands still until it is moved', async () => {
    const { clock, ran, note } = setup()
    clock.after(1, note('a'))
    await clock.settle()
    expect(clock.now()).toBe(1_000)
    expect(ran).toEqual([])
    expect(clock.nextTimerAt).toBe(1_001)
  })

  it('runs what falls due in order, each at its own moment', async () => {
    const { clock, ran, note } = setup()
    clock.after(30, note('c'))
    clock.after(10, note('a'))
    clock.after(20, note('b'))
    clock.after(51, note('late'))
    await clock.advance(50)
    expect(ran).toEqual(['a@1010', 'b@1020', 'c@1030'])
    expect(clock.now()).toBe(1_050)
  })

  it('runs timers of one moment in the order in which they were set', async () => {
    const { clock, ran, note } = setup()
    for (const name of ['a', 'b', 'c']) clock.after(10, note(name))
    await clock.advance(10)
    expect(ran).toEqual(['a@1010', 'b@1010', 'c@1010'])
  })

  it('runs a timer that is set on the way and due on the way', async () => {
    const { clock, ran, note } = setup()
    clock.after(10, () => clock.after(5, note('child')))
    clock.after(20, note('later'))
    await clock.advance(20)
    expect(ran).toEqual(['child@1015', 'later@1020'])
  })

  it('lets promises and turns finish between two timers', async () => {
    const { clock, ran, note } = setup()
    clock.after(10, () => {
      void (async () => {
        await Promise.resolve()
        await new Promise((resolve) => setImmediate(resolve))
        clock.after(1, note('from a chain'))
      })()
    })
    clock.after(20, note('next timer'))
    await clock.advance(20)
    expect(ran).toEqual(['from a chain@1011', 'next timer@1020'])
  })

  it('runs what is due at once without being moved, in a later turn', async () => {
    const { clock, ran, note } = setup()
    clock.after(0, note('soon'))
    expect(ran).toEqual([])
    await new Promise((resolve) => setImmediate(resolve))
    expect(ran).toEqual(['soon@1000'])
    await clock.advance(10)
    expect(ran).toEqual(['soon@1000'])
  })

  it('never runs a timer that was called off, also one of the next turn', async () => {
    const { clock, ran, note } = setup()
    clock.after(0, note('soon'))()
    const cancel = clock.after(10, note('later'))
    clock.after(5, () => cancel())
    await clock.advance(20)
    expect(ran).toEqual([])
    expect(clock.timersWaiting).toBe(0)
  })

  it('moves twice for two moves at once', async () => {
    const { clock } = setup()
    await Promise.all([clock.advance(10), clock.advance(5)])
    expect(clock.now()).toBe(1_015)
  })

  it('gives what a timer threw to the move that ran it, and goes on with the next move', async () => {
    const { clock, ran, note } = setup()
    clock.after(10, () => {
      throw new Error('broken timer')
    })
    clock.after(20, note('next'))
    await expect(clock.advance(30)).rejects.toThrow('broken timer')
    await clock.advance(30)
    expect(ran).toEqual(['next@1020'])
  })

  it('goes to the next timer, and says when none waits', async () => {
    const { clock, ran, note } = setup()
    clock.after(70, note('a'))
    expect(await clock.advanceToNext()).toBe(true)
    expect(ran).toEqual(['a@1070'])
    expect(await clock.advanceToNext()).toBe(false)
    expect(clock.now()).toBe(1_070)
  })

  it('waits for what else has to come to rest', async () => {
    let rests = 0
    const clock = createVirtualClock({
      settled: async () => {
        rests += 1
      },
    })
    await clock.advance(1)
    expect(rests).toBeGreaterThan(0)
  })

  it('runs the same timers whether time moves in one step or in many', async () => {
    const delays = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 })
    const steps = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(delays, steps, async (delaysMs, stepsMs) => {
        const [once, often] = [setup(), setup()]
        for (const { clock, note } of [once, often]) for (const ms of delaysMs) clock.after(ms, note(`${ms}`))
        await once.clock.advance(stepsMs.reduce((sum, ms) => sum + ms, 0))
        for (const ms of stepsMs) await often.clock.advance(ms)
        expect(often.ran).toEqual(once.ran)
        expect(often.clock.now()).toBe(once.clock.now())
      }),
      { numRuns: 20 },
    )
  })
})
