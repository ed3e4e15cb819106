import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collectGarbage } from './test-support/collect-garbage.js'
import { WaitingLine } from './waiting-line.js'

describe('WaitingLine', () => {
  it('holds exactly who has not left, in the order of joining, whoever leaves when', () => {
    const step = fc.oneof(fc.constant('join' as const), fc.nat(50))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const line = new WaitingLine<number>()
        const exits = new Map<number, () => void>()
        const left: (() => void)[] = []
        let next = 0
        for (const one of steps) {
          if (one === 'join') {
            exits.set(next, line.join(next))
            next += 1
          } else {
            const who = [...exits.keys()][one % Math.max(1, exits.size)]
            const exit = who === undefined ? undefined : exits.get(who)
            if (who === undefined || exit === undefined) continue
            exit()
            left.push(exit)
            exits.delete(who)
            for (const again of left) again()
          }
          expect(line.first).toBe(exits.keys().next().value)
        }
        const order: number[] = []
        for (let first = line.first; first !== undefined; first = line.first) {
          order.push(first)
          exits.get(first)?.()
        }
        expect(order).toEqual([...exits.keys()])
      }),
    )
  })

  it('reaches nobody who came later, or earlier, through a way out that was taken', async () => {
    const line = new WaitingLine<object>()
    const items: WeakRef<object>[] = []
    const join = (): (() => void) => {
      const item = {}
      items.push(new WeakRef(item))
      return line.join(item)
    }
    const leaveInTurn = (): (() => void) => {
      const [before, between, after] = [join(), join(), join()]
      for (const leave of [between, before, after]) leave()
      return between
    }
    const kept = leaveInTurn()
    await collectGarbage()
    expect(items.map((item) => item.deref() !== undefined)).toEqual([false, true, false])
    kept()
  })
})
