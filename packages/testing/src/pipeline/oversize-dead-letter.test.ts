import { bytes, defineConsumer, handle, type HandleOptions, topic } from '@millrace/core'
import { expect, it } from 'vitest'
import { testWorker } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: bytes })

/** A dead-letter topic for 500 bytes, a record of 600 that fails, and one behind it. */
async function setup(options: HandleOptions) {
  const handlers = [
    handle(Orders, { retry: 'none', deadLetter: 'dead', ...options }, (order) => {
      if (order.length > 100) throw new Error('no')
    }),
  ]
  const worker = await testWorker({
    consumers: [defineConsumer({ group: 'billing', handlers })],
    partitions: 2,
    verifyTopics: false,
    prepare: (driver) => driver.createTopic('dead', { partitions: 2, maxMessageBytes: 500 }),
  })
  worker.sendRaw('orders', { partition: 0, key: 'k', value: 'x'.repeat(600) })
  worker.sendRaw('orders', { partition: 0, value: 'behind' })
  worker.sendRaw('orders', { partition: 1, value: 'elsewhere' })
  await worker.settled()
  const oversize = worker.events.flatMap((event) => (event.name === 'dead-letter.oversize' ? [event.resolution] : []))
  const [totals] = worker.worker.inspect().handlers
  return { worker, oversize, totals }
}

it('halts its partition by default: nothing at or past the record is committed, and others go on', async () => {
  const { worker, oversize, totals } = await setup({})
  expect(oversize).toEqual(['halted'])
  expect(totals).toMatchObject({ processed: 1, deadLettered: 0, skipped: 0, inFlight: 2 })
  expect(worker.worker.inspect()).toMatchObject({
    isReady: false,
    notReadyBecause: ['orders[0] of group "billing" is paused: halted'],
  })
  await worker.advance('1h')
  expect(worker.driver.records('dead')).toEqual([])
  await worker.stop()
  expect(worker.committed('orders')).toEqual(new Map([[1, 1n]]))
})

it('is skipped where that was written, said and counted', async () => {
  const { worker, oversize, totals } = await setup({ onOversize: 'skip' })
  expect(oversize).toEqual(['skipped'])
  expect(totals).toMatchObject({ processed: 2, deadLettered: 0, skipped: 1, inFlight: 0 })
  expect(worker.events.filter(({ name }) => name === 'record.skipped')).toMatchObject([
    { offset: 0n, reason: 'oversize-dead-letter', error: { code: 'MILLRACE_SETTLE_DEAD_LETTER_TOO_LARGE' } },
  ])
  await worker.stop()
})

it('is written without its value where that was written', async () => {
  const { worker, oversize, totals } = await setup({ onOversize: 'without-value' })
  expect(oversize).toEqual(['without-value'])
  expect(totals).toMatchObject({ processed: 2, deadLettered: 1, skipped: 0 })
  const [letter] = worker.deadLetters
  expect(letter).toMatchObject({ key: Buffer.from('k'), value: null, source: { partition: 0, offset: 0n } })
  expect(letter?.headers.get('omitted-value-bytes')).toBe('600')
  await worker.stop()
})
