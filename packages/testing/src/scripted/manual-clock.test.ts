import { describe, expect, it } from 'vitest'
import { createManualClock } from './manual-clock.js'

describe('createManualClock', () => {
  it('stands still until it is advanced, and wall time moves along', async () => {
    const clock = createManualClock({ wallStartMs: 1_000 })
    expect([clock.now(), clock.wallNow()]).toEqual([0, 1_000])
    await clock.advance('1.5s')
    expect([clock.now(), clock.wallNow()]).toEqual([1_500, 2_500])
  })

  it('runs due timers in order of their moment, each at its own, and leaves later ones', async () => {
    const clock = createManualClock()
    const ran: string[] = []
    clock.after(30, () => ran.push(`c@${clock.now()}`))
    clock.after(10, () => ran.push(`a@${clock.now()}`))
    clock.after(10, () => ran.push(`b@${clock.now()}`))
    clock.after(31, () => ran.push('too late'))
    await clock.advance(30)
    expect(ran).toEqual(['a@10', 'b@10', 'c@30'])
    expect(clock.timersWaiting).toBe(1)
  })

  it('settles promise chains between two timers, and runs timers that a timer has set', async () => {
    const clock = createManualClock()
    const ran: string[] = []
    clock.after(10, () => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => ran.push('chain of the first'))
      clock.after(5, () => ran.push('nested'))
    })
    clock.after(20, () => ran.push('second'))
    await clock.advance(20)
    expect(ran).toEqual(['chain of the first', 'nested', 'second'])
  })

  it('does not run a timer that was cancelled', async () => {
    const clock = createManualClock()
    const ran: string[] = []
    const timer = clock.after(10, () => ran.push('cancelled'))
    timer.cancel()
    await clock.advance(100)
    expect(ran).toEqual([])
  })

  it('ends a wait when its time has come or its signal aborts, without leaving a timer', async () => {
    const clock = createManualClock()
    const stop = new AbortController()
    const ended: string[] = []
    void clock.wait(50, new AbortController().signal).then(() => ended.push('in time'))
    void clock.wait(500, stop.signal).then(() => ended.push('aborted'))
    await clock.advance(50)
    expect(ended).toEqual(['in time'])
    stop.abort()
    await clock.settle()
    expect(ended).toEqual(['in time', 'aborted'])
    expect(clock.timersWaiting).toBe(0)
  })

  it('settles work that goes over many yields', async () => {
    const clock = createManualClock()
    let rounds = 0
    void (async () => {
      while (rounds < 50) {
        await clock.yield()
        rounds += 1
      }
    })()
    await clock.settle()
    expect(rounds).toBe(50)
  })

  it('steps from timer to timer, and says when none is left', async () => {
    const clock = createManualClock()
    clock.after(7_000, () => undefined)
    expect(await clock.advanceToNext()).toBe(true)
    expect(clock.now()).toBe(7_000)
    expect(await clock.advanceToNext()).toBe(false)
  })
})
