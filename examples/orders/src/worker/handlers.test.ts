import { startSchemaRegistry } from '@millrace/schema-registry/dev'
import { testWorker } from '@millrace/testing'
import { Container, createInversifyInstances, type Logger, silentLogger } from 'millrace'
import { afterAll, expect, it } from 'vitest'
import { Orders } from '../topics.js'
import { Billing } from './billing.js'
import { DeadLetterWatch } from './dead-letter-watch.js'
import { OrderHandlers } from './order-handlers.js'
import { OrderMetrics } from './order-metrics.js'
import { type Charge, PaymentGateway } from './payment-gateway.js'

const order = (customerId: string, orderId = 'ORD-1') => ({
  key: orderId,
  value: { orderId, customerId, amount: 10, timestampUtc: '2026-01-01T00:00:00Z' },
})

const registry = await startSchemaRegistry()
afterAll(() => registry.close())

/** The gateway without its network, and with a memory. */
class TestGateway extends PaymentGateway {
  override latencyMs = 0
  readonly charges: Charge[] = []

  override charge(charge: Charge, signal: AbortSignal): Promise<{ readonly receipt: string }> {
    this.charges.push(charge)
    return super.charge(charge, signal)
  }
}

async function setup() {
  const gateway = new TestGateway()
  const metrics = new OrderMetrics()
  const lines: object[] = []
  const container = new Container()
  container.bind(PaymentGateway).toConstantValue(gateway)
  container.bind(Billing).toSelf()
  container.bind(OrderMetrics).toConstantValue(metrics)
  const log: Logger = { ...silentLogger, warn: (fields) => void lines.push(fields), child: () => log }
  const worker = await testWorker({
    consumers: [OrderHandlers, DeadLetterWatch, OrderMetrics],
    instances: createInversifyInstances(container),
    logger: log,
    env: { SCHEMA_REGISTRY_URL: registry.url, SCHEMA_REGISTRY_REGISTER: 'start' },
  })
  return { worker, gateway, metrics, lines }
}

it('bills an order once, with a key that makes a repetition harmless', async () => {
  const { worker, gateway } = await setup()
  await using _ = worker
  await worker.send(Orders, order('customer-1'))
  await worker.settled()
  expect(gateway.charges).toEqual([{ idempotencyKey: 'orders.v1/0/0', customerId: 'customer-1', amount: 10 }])
  expect(worker.deadLetters).toEqual([])
})

it('bills an order again when the provider times out, under the same key', async () => {
  const { worker, gateway } = await setup()
  await using _ = worker
  await worker.send(Orders, order('flaky-1'))
  await worker.settled()
  expect(gateway.charges).toHaveLength(1)
  await worker.advance('200ms')
  await worker.settled()
  expect(gateway.charges.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['orders.v1/0/0', 'orders.v1/0/0'])
  expect(worker.deadLetters).toEqual([])
})

it('gives an order up after four attempts, and the dead letter says who, what, where and why', async () => {
  const { worker, gateway, lines } = await setup()
  await using _ = worker
  await worker.send(Orders, order('broke-1', 'ORD-7'))
  for (const delay of ['200ms', '400ms', '800ms'] as const) {
    await worker.settled()
    await worker.advance(delay)
  }
  await worker.settled()
  expect(gateway.charges).toHaveLength(4)
  expect(worker.deadLetters).toMatchObject([
    { topic: 'orders.dlq.v1', source: { topic: 'orders.v1', partition: 0, offset: 0n }, error: 'payment declined' },
  ])
  expect(lines).toContainEqual({
    who: 'orders-workers: OrderHandlers.placed',
    what: expect.stringContaining('order ORD-7'),
    where: 'orders.v1[0]@0',
    why: 'payment declined (handle, attempts: 4)',
  })
})

it.each([
  ['bytes that no producer of ours wrote', Buffer.of(0xff, 0x00)],
  ['JSON', Buffer.from('{"orderId":"ORD-X","amount":-5}')],
  ['a value of a schema that nobody has registered', Buffer.of(0, 0, 0, 0x27, 0x0f, 2)],
  ['no value at all', null],
])('gives %s up at once, unchanged', async (_kind, value) => {
  const { worker, gateway, lines } = await setup()
  await using _ = worker
  worker.sendRaw(Orders, { key: null, value })
  await worker.settled()
  expect(gateway.charges).toEqual([])
  expect(worker.deadLetters).toMatchObject([{ value, key: null }])
  expect(lines).toContainEqual(expect.objectContaining({ where: 'orders.v1[0]@0' }))
})

it('counts every order, also those that billing gives up', async () => {
  const { worker, metrics } = await setup()
  await using _ = worker
  await worker.send(Orders, order('customer-1', 'ORD-1'))
  await worker.send(Orders, order('broke-1', 'ORD-2'))
  worker.sendRaw(Orders, { key: null, value: Buffer.from('garbage') })
  await worker.settled()
  expect(metrics).toMatchObject({ orders: 2, revenue: 20 })
})
