import { describe, expect, it } from 'vitest'
import { seeded } from './seeded.js'
import { createWorld, type TaskPlace } from './world.js'

const at = (lane: string, label = lane): TaskPlace => ({ lane, label })

/** Runs until nothing is left, and says what happened in which order. */
async function orderOf(
  seed: number,
  plan: (world: ReturnType<typeof createWorld>, say: (what: string) => () => void) => void,
) {
  const world = createWorld(seeded(seed))
  const said: string[] = []
  plan(world, (what) => () => void said.push(what))
  while (await world.step());
  return { said, world }
}
const seeds = Array.from({ length: 40 }, (_, index) => index)

describe('a world', () => {
  it('draws another order from another seed, and the same from the same', async () => {
    const three = (seed: number) =>
      orderOf(seed, (world, say) => {
        for (const name of ['a', 'b', 'c']) world.after(world.actor(name), 0, at(name), say(name))
      })
    const orders = new Set<string>()
    for (const seed of seeds) {
      const { said, world } = await three(seed)
      orders.add(said.join(''))
      expect((await three(seed)).world.hash()).toBe(world.hash())
    }
    expect(orders.size).toBe(6)
  })

  it('never lets a task of a lane overtake an earlier one, whatever the seed', async () => {
    for (const seed of seeds) {
      const { said } = await orderOf(seed, (world, say) => {
        const actor = world.actor('one')
        for (const what of ['1', '2', '3']) world.after(actor, 5, at('lane'), say(what))
        world.after(actor, 5, at('other'), say('x'))
      })
      expect(said.filter((what) => what !== 'x')).toEqual(['1', '2', '3'])
    }
  })

  it('jumps to the next moment where nothing can happen now', async () => {
    const times: number[] = []
    await orderOf(1, (world) => {
      const actor = world.actor('one')
      for (const ms of [500, 20]) world.after(actor, ms, at('timers'), () => times.push(world.now))
    })
    expect(times).toEqual([20, 500])
  })

  it('lets promises come to rest between two steps', async () => {
    const { said } = await orderOf(1, (world, say) => {
      const actor = world.actor('one')
      world.after(actor, 0, at('lane'), () => {
        void Promise.resolve()
          .then(() => Promise.resolve())
          .then(say('continued'))
      })
      world.after(actor, 0, at('lane'), say('next'))
    })
    expect(said).toEqual(['continued', 'next'])
  })

  it('keeps what a frozen actor has to do until it lives again, and loses what a dead one had', async () => {
    const { said } = await orderOf(1, (world, say) => {
      const [frozen, dead, alive] = [world.actor('frozen'), world.actor('dead'), world.actor('alive')]
      frozen.state = 'frozen'
      dead.state = 'dead'
      world.after(frozen, 1, at('frozen'), say('thawed'))
      world.after(dead, 1, at('dead'), say('dead'))
      world.after(alive, 50, at('alive'), () => {
        say('thaws')()
        frozen.state = 'alive'
      })
    })
    expect(said).toEqual(['thaws', 'thawed'])
  })

  it('tells in whose name code runs, across awaits and later tasks', async () => {
    const { said } = await orderOf(1, (world, say) => {
      const actor = world.actor('one')
      world.after(actor, 0, at('lane'), () => {
        void Promise.resolve().then(() => say(world.current()?.name ?? 'nobody')())
      })
    })
    expect(said).toEqual(['one'])
  })
})
