import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createInOrder } from './in-order.js'

describe('in order', () => {
  it('passes on in the same turn what is made at once', () => {
    const passed: number[] = []
    const { run } = createInOrder()
    void run(
      () => 1,
      async (made) => passed.push(made),
    )
    expect(passed).toEqual([1])
  })

  it('lets nobody overtake one that is still being made, and goes on when that one fails', async () => {
    const line = createInOrder()
    const passed: string[] = []
    const slow = Promise.withResolvers<string>()
    const pass = async (made: string) => passed.push(made)
    const failing = line.run(() => slow.promise, pass)
    const next = line.run(() => 'next', pass)
    const idle = line.idle()
    await Promise.resolve()
    expect([line.waiting, passed]).toEqual([2, []])
    slow.reject(new Error('does not encode'))
    await expect(failing).rejects.toThrow('does not encode')
    await next
    await idle
    expect([line.waiting, passed]).toEqual([0, ['next']])
  })

  it('rejects with what making throws, and is ready for the next', async () => {
    const { run } = createInOrder()
    const broken = (): string => {
      throw new Error('no such field')
    }
    await expect(run(broken, async (made) => made)).rejects.toThrow('no such field')
    expect(
      await run(
        () => 'fine',
        async (made) => made,
      ),
    ).toBe('fine')
  })

  it('keeps the order of the calls, whoever is made when', async () => {
    const turn = fc.nat({ max: 5 })
    const plan = fc.array(
      fc.record({ pauseBefore: turn, turns: fc.option(turn, { nil: undefined }), fails: fc.boolean() }),
    )
    await fc.assert(
      fc.asyncProperty(plan, async (calls) => {
        const { run } = createInOrder()
        const passed: number[] = []
        const results: Promise<unknown>[] = []
        for (const [index, { pauseBefore, turns, fails }] of calls.entries()) {
          for (let at = 0; at < pauseBefore; at += 1) await Promise.resolve()
          const make = async (): Promise<number> => {
            for (let at = 0; at < (turns ?? 0); at += 1) await Promise.resolve()
            if (fails) throw new Error('fails')
            return index
          }
          const made = run(turns === undefined ? () => index : make, async (one) => passed.push(one))
          results.push(made.catch(() => undefined))
        }
        await Promise.all(results)
        const expected = [...calls.entries()].filter(([, { turns, fails }]) => turns === undefined || !fails)
        expect(passed).toEqual(expected.map(([index]) => index))
      }),
    )
  })
})
