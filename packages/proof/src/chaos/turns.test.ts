import { expect, it } from 'vitest'
import { createTurns } from './turns.js'

it('lets those that want the same wait for each other, and nobody else, also behind one that failed', async () => {
  const turns = createTurns()
  const order: string[] = []
  const first = Promise.withResolvers<void>()
  const failing = turns.take('slot 1', async () => {
    order.push('first')
    await first.promise
    throw new Error('it failed')
  })
  const second = turns.take('slot 1', () => Promise.resolve(order.push('second')))
  await turns.take('slot 2', () => Promise.resolve(order.push('another')))
  expect(order).toEqual(['first', 'another'])
  first.resolve()
  await expect(failing).rejects.toThrow('it failed')
  expect(await second).toBe(3)
  expect(order).toEqual(['first', 'another', 'second'])
})
