import { bytes, defineConsumer, handle, topic } from '@millrace/core'
import { expect, it } from 'vitest'
import { testWorker } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: bytes })

it('a halted partition that fills the buffers of the worker does not stop the others', async () => {
  const seen: string[] = []
  const handlers = [
    handle(Orders, { retry: 'none', onExhausted: 'halt' }, (_order, { partition, offset }) => {
      if (partition === 0) throw new Error('stuck')
      seen.push(`${partition}@${offset}`)
    }),
  ]
  const consumers = [defineConsumer({ group: 'billing', handlers })]
  const worker = await testWorker({ consumers, partitions: 2, totalBufferedRecords: 10, patienceMs: 50 })
  for (let at = 0; at < 20; at += 1) worker.sendRaw('orders', { partition: 0, value: `stuck ${at}` })
  await worker.settled()
  for (let at = 0; at < 20; at += 1) worker.sendRaw('orders', { partition: 1, value: `fine ${at}` })
  await worker.settled()
  expect(seen).toHaveLength(20)
  expect(worker.worker.inspect().isReady).toBe(false)
  await worker.stop()
})
