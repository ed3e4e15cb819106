import { testWorker } from '@millrace/testing'
import { Container, createInversifyInstances } from 'millrace'
import { expect, it } from 'vitest'
import { Audit } from './audit.js'
import { Books } from './books.js'
import { Invoicing } from './invoicing.js'
import { Orders } from './topics.js'

const order = (orderId: string, country = 'DE') => ({
  key: 'C-1',
  value: { orderId, customerId: 'C-1', country, netCents: 1000 },
})
const parsed = (value: Buffer | null): unknown => JSON.parse(value?.toString() ?? 'null')

it('makes an invoice and the ledger entries of an order, with its key, and commits its offset with them', async () => {
  await using worker = await testWorker({ consumers: [Invoicing] })
  await worker.send(Orders, order('O-1'))
  await worker.settled()
  expect(worker.produced.map(({ topic, key, value }) => [topic, key?.toString(), parsed(value)])).toMatchObject([
    ['shop.invoices.v1', 'C-1', { orderId: 'O-1', taxCents: 190, totalCents: 1190 }],
    ['shop.ledger.v1', 'C-1', { account: 'receivables', cents: 1190 }],
    ['shop.ledger.v1', 'C-1', { account: 'revenue', cents: -1000 }],
    ['shop.ledger.v1', 'C-1', { account: 'tax', cents: -190 }],
  ])
  expect(worker.committed(Orders).get(0)).toBe(1n)
})

it.each([
  ['an order that it has no tax rate for', order('O-2', 'ZZ').value, 'no tax rate for ZZ'],
  ['an order that breaks the contract', { ...order('O-2').value, netCents: -1 }, 'netCents'],
])('writes %s to the dead-letter topic, with the outputs of its neighbours', async (_what, poison, why) => {
  await using worker = await testWorker({ consumers: [Invoicing] })
  await worker.send(Orders, order('O-1'))
  worker.sendRaw(Orders, { key: 'C-1', value: JSON.stringify(poison) })
  await worker.send(Orders, order('O-3'))
  await worker.settled()
  const invoices = worker.produced.filter(({ topic }) => topic === 'shop.invoices.v1')
  expect(invoices.map(({ value }) => parsed(value))).toMatchObject([{ orderId: 'O-1' }, { orderId: 'O-3' }])
  expect(worker.deadLetters).toMatchObject([
    { topic: 'shop.orders.dlq.v1', source: { partition: 0, offset: 1n }, error: expect.stringContaining(why) },
  ])
  expect(worker.worker.inspect().groups).toMatchObject([{ transactions: { aborted: 0 } }])
})

it('sends the same outputs again after an abort, without running the handler again', async () => {
  await using worker = await testWorker({ consumers: [Invoicing] })
  worker.driver.failNextTransactions(2, 'aborted')
  await worker.send(Orders, order('O-1'))
  await worker.settled()
  await worker.advance('1s')
  await worker.settled()
  expect(worker.produced).toHaveLength(4)
  const { handlers, groups } = worker.worker.inspect()
  expect(handlers).toMatchObject([{ attempts: 1, processed: 1 }])
  expect(groups).toMatchObject([{ transactions: { committed: 1, aborted: 2, fenced: 0 } }])
})

it('makes the outputs once although another owner has taken over, and the handler runs again', async () => {
  await using worker = await testWorker({ consumers: [Invoicing] })
  worker.driver.failNextTransactions(1, 'fenced')
  await worker.send(Orders, order('O-1'))
  await worker.settled()
  await worker.advance('1s')
  await worker.settled()
  expect(worker.produced).toHaveLength(4)
  expect(worker.worker.inspect().handlers).toMatchObject([{ attempts: 2, processed: 1 }])
})

it('writes what the reader finds complete, aborted transactions or not', async () => {
  const books = new Books()
  const container = new Container()
  container.bind(Books).toConstantValue(books)
  const consumers = [Invoicing, Audit]
  await using worker = await testWorker({ consumers, instances: createInversifyInstances(container) })
  worker.driver.failNextTransactions(1, 'aborted')
  for (const orderId of ['O-1', 'O-2']) await worker.send(Orders, order(orderId))
  await worker.settled()
  await worker.advance('1s')
  await worker.settled()
  expect(books.report()).toEqual({ complete: 2, open: 0, wrong: [] })
})
