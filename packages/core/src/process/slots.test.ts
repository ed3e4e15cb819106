import { describe, expect, it } from 'vitest'
import { Slots } from './slots.js'

const never = new AbortController().signal

describe('Slots', () => {
  it('gives out no more than its limit', () => {
    const slots = new Slots(() => 2)
    expect([slots.tryTake(), slots.tryTake(), slots.tryTake()]).toEqual([true, true, false])
    slots.release()
    expect(slots.tryTake()).toBe(true)
  })

  it('takes nothing where the outer limit is reached', () => {
    const outer = new Slots(() => 1)
    const a = new Slots(() => 5, outer)
    const b = new Slots(() => 5, outer)
    expect([a.tryTake(), b.tryTake()]).toEqual([true, false])
    a.release()
    expect(b.tryTake()).toBe(true)
  })

  it('wakes a waiting run when a slot of the outer limit is freed by another handler', async () => {
    const outer = new Slots(() => 1)
    const a = new Slots(() => 5, outer)
    const b = new Slots(() => 5, outer)
    a.tryTake()
    const taken = b.take(never)
    a.release()
    expect(await taken).toBe(true)
  })

  it('wakes waiting runs when the limit has grown', async () => {
    let limit = 0
    const slots = new Slots(() => limit)
    const taken = slots.take(never)
    limit = 1
    slots.wake()
    expect(await taken).toBe(true)
  })

  it('stops waiting when the signal aborts', async () => {
    const abort = new AbortController()
    const taken = new Slots(() => 0).take(abort.signal)
    abort.abort('revoked')
    expect(await taken).toBe(false)
  })

  it('goes to whoever waits longest, not to a lane that takes again at once', async () => {
    const slots = new Slots(() => 1)
    slots.tryTake()
    const order: string[] = []
    const wait = async (name: string): Promise<void> => {
      if (await slots.take(never)) order.push(name)
    }
    const [first, second] = [wait('first'), wait('second')]
    slots.release()
    expect(slots.tryTake()).toBe(false) // the lane that has just released goes on with its next record
    await first
    slots.release()
    await second
    expect(order).toEqual(['first', 'second'])
  })

  it('lets no handler of a full worker take every slot of the outer limit', async () => {
    const outer = new Slots(() => 1)
    const [busy, other] = [new Slots(() => 5, outer), new Slots(() => 5, outer)]
    busy.tryTake()
    const taken = other.take(never)
    busy.release()
    expect([busy.tryTake(), await taken]).toEqual([false, true])
  })

  it('gives back what it holds when the outer limit is not free in time', async () => {
    const abort = new AbortController()
    const outer = new Slots(() => 1)
    const inner = new Slots(() => 1, outer)
    outer.tryTake()
    const taken = inner.take(abort.signal)
    abort.abort('revoked')
    expect(await taken).toBe(false)
    outer.release()
    expect(inner.tryTake()).toBe(true)
  })
})
