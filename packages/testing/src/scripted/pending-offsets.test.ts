import { expect, it } from 'vitest'
import { createPendingOffsets } from './pending-offsets.js'

const never = new AbortController().signal
const at = (partition: number) => ({ topic: 'orders', partition })

/** Whether it has settled, once everything that could settle it has had its turn. */
async function isSettled(work: Promise<void>): Promise<boolean> {
  let isOver = false
  void work.then(() => (isOver = true))
  await new Promise((resolve) => setImmediate(resolve))
  return isOver
}

it('nobody waits for partitions that nobody holds', async () => {
  const pending = createPendingOffsets()
  pending.hold([at(0)])
  expect(await isSettled(pending.settled([at(1)], never))).toBe(true)
})

it('everybody waits until the last one that holds a partition has let go of it', async () => {
  const pending = createPendingOffsets()
  const [first, second] = [pending.hold([at(0)]), pending.hold([at(1), at(0)])]
  const waiting = pending.settled([at(0)], never)
  first()
  expect(await isSettled(waiting)).toBe(false)
  second()
  expect(await isSettled(waiting)).toBe(true)
})

it('one that is held while somebody waits counts as well', async () => {
  const pending = createPendingOffsets()
  const first = pending.hold([at(0)])
  const waiting = pending.settled([at(0)], never)
  const second = pending.hold([at(0)])
  first()
  expect(await isSettled(waiting)).toBe(false)
  second()
  expect(await isSettled(waiting)).toBe(true)
})

it('a wait ends with its signal', async () => {
  const pending = createPendingOffsets()
  pending.hold([at(0)])
  const over = new AbortController()
  const waiting = pending.settled([at(0)], over.signal)
  expect(await isSettled(waiting)).toBe(false)
  over.abort()
  expect(await isSettled(waiting)).toBe(true)
  expect(await isSettled(pending.settled([at(0)], AbortSignal.abort()))).toBe(true)
})
