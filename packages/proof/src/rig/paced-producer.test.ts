import type { Probe } from '@millrace/testing'
import { expect, test } from 'vitest'
import { createPacedProducer } from './paced-producer.js'
import { planRecords } from './plan-records.js'

test('a record whose place nobody tells is no record that was sent', async () => {
  const produce = () => Promise.resolve([{ partition: 0, offset: 0n }])
  const producer = createPacedProducer({ produce }, 'orders', { records: planRecords(2), perSecond: 10_000 })
  await expect(producer.finish()).rejects.toThrow('no place of ok-1: 1 of 2 were told')
})

test('records that are taken back are spread over the flow, in transactions that are aborted, all of them and once', async () => {
  const calls: { readonly id: string; readonly sent: number; readonly outcome: string | undefined }[] = []
  let sent = 0
  const produce: Probe['produce'] = (_topic, fixtures, { transaction } = {}) => {
    for (const { value } of transaction === undefined ? [] : fixtures)
      calls.push({ id: String(value), sent, outcome: transaction?.outcome })
    if (transaction?.outcome === 'abort') return Promise.reject(new Error('the broker is away')) // and so be it
    const from = sent
    sent += fixtures.length
    return Promise.resolve(fixtures.map((_fixture, index) => ({ partition: 0, offset: BigInt(from + index) })))
  }
  const aborted = Array.from({ length: 50 }, (_, index) => ({ value: `aborted-${index}` }))
  const records = planRecords(2_000)
  const producer = createPacedProducer({ produce }, 'orders', { records, perSecond: 4_000, aborted })
  await producer.finish()
  expect(producer.sent.length).toBe(2_000)
  expect(calls.map(({ id }) => id)).toEqual(aborted.map(({ value }) => value))
  expect(new Set(calls.map(({ outcome }) => outcome))).toEqual(new Set(['abort']))
  expect(new Set(calls.map((call) => call.sent)).size).toBeGreaterThan(1)
  expect(calls[0]?.sent).toBeLessThan(2_000)
})
