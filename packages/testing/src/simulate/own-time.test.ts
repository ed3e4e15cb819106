import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { epochMs, ownTime } from './own-time.js'
import { seeded } from './seeded.js'
import { createWorld } from './world.js'

let giveBack = (): void => undefined
afterEach(() => giveBack())

const noNetwork = (): never => {
  throw new Error('no network')
}

function setup() {
  giveBack = ownTime(noNetwork)
  const world = createWorld(seeded(1))
  const actor = world.actor('one')
  const run = async (call: () => void | Promise<void>): Promise<void> => {
    void world.inside(actor, call)
    await world.settle()
    while (await world.step());
  }
  return { world, actor, run }
}

describe('the time of a schedule', () => {
  it('is what timers, clocks and promised timers of an actor see', async () => {
    const { world, run } = setup()
    const seen: unknown[] = []
    await run(async () => {
      setTimeout((what: string) => seen.push([what, performance.now()]), 50, 'timer')
      setImmediate(() => seen.push(['turn', performance.now()]))
      await pause(3_600_000)
      seen.push(Date.now() - epochMs, new Date().getTime() - epochMs, new Date(5).getTime())
    })
    expect(seen).toEqual([['turn', 0], ['timer', 50], 3_600_000, 3_600_000, 5])
    expect(world.now).toBe(3_600_000)
  })

  it('ends intervals and timers that were cleared, and restarts those that were refreshed', async () => {
    const { run } = setup()
    const seen: string[] = []
    await run(() => {
      const interval = setInterval(() => {
        seen.push(`interval ${performance.now()}`)
        if (seen.length === 2) clearInterval(interval)
      }, 10)
      const refreshed = setTimeout(() => seen.push(`refreshed ${performance.now()}`), 30)
      setTimeout(() => refreshed.refresh(), 25)
      clearTimeout(setTimeout(() => seen.push('cleared'), 1))
    })
    expect(seen).toEqual(['interval 10', 'interval 20', 'refreshed 55'])
  })

  it('aborts time limits and ends promised waits with their signal', async () => {
    const { run } = setup()
    const seen: string[] = []
    await run(async () => {
      const signal = AbortSignal.timeout(200)
      await pause(1_000, undefined, { signal }).catch((error: unknown) => seen.push(String(error)))
      seen.push(`at ${performance.now()}`)
    })
    expect(seen).toEqual([expect.stringContaining('TimeoutError'), 'at 200'])
  })

  it('draws chance from the seed', async () => {
    const draw = async (): Promise<number> => {
      let drawn = 0
      const { run } = setup()
      await run(() => void (drawn = Math.random()))
      giveBack()
      return drawn
    }
    expect(await draw()).toBe(await draw())
  })

  it('is nobody elses: outside of an actor all is real, and afterwards everywhere', async () => {
    const before = [setTimeout, Date, Math.random, net.connect]
    const { world } = setup()
    const since = Date.now()
    await new Promise((resolve) => setTimeout(resolve, 2))
    expect(Date.now()).toBeGreaterThan(since)
    expect(new Date()).toBeInstanceOf(Date)
    expect(world.now).toBe(0)
    giveBack()
    expect([setTimeout, Date, Math.random, net.connect]).toEqual(before)
  })

  it('belongs to one schedule at a time', () => {
    setup()
    expect(() => ownTime(noNetwork)).toThrow('one after the other')
  })
})
