import { expect, test } from 'vitest'
import { createPacedProducer } from './paced-producer.js'
import { planRecords } from './plan-records.js'

test('a record whose place nobody tells is no record that was sent', async () => {
  const produce = () => Promise.resolve([{ partition: 0, offset: 0n }])
  const producer = createPacedProducer({ produce }, 'orders', { records: planRecords(2), perSecond: 10_000 })
  await expect(producer.finish()).rejects.toThrow('no place of ok-1: 1 of 2 were told')
})
