import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { startSchemaRegistry } from '@millrace/schema-registry/dev'
import { uniqueName } from '@millrace/testing'
import { avro, createSchemaRegistry } from '@millrace/schema-registry'
import { describeWithBroker } from '@millrace/testing/vitest'
import { createProducer, silentLogger } from 'millrace'
import { expect, it } from 'vitest'
import { orderPlaced } from '../order-placed.js'
import { Orders } from '../topics.js'
import { createOrdersApi } from './orders-api.js'

describeWithBroker('the orders API', ({ bootstrap, admin, probe }) => {
  it('answers 202 for what is in Kafka then: keyed by order, in our spelling', async () => {
    const name = uniqueName('orders')
    await admin.createTopic(name, { partitions: 6 })
    await using registry = await startSchemaRegistry()
    const SCHEMA_REGISTRY = { SCHEMA_REGISTRY_URL: registry.url, SCHEMA_REGISTRY_REGISTER: 'start' }
    const env = { KAFKA_BROKERS: bootstrap.join(','), ORDERS_TOPIC: name, ...SCHEMA_REGISTRY }
    const producer = createProducer(Orders, { env, logger: silentLogger })
    const api = createOrdersApi({
      send: (order, signal) => producer.send({ key: order.orderId, value: order }, signal),
      log: silentLogger,
    })
    api.listen(0, '127.0.0.1')
    await once(api, 'listening')
    const { port } = api.address() as AddressInfo
    try {
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const body = { OrderId: `O-${index}`, CustomerId: 'C-1', Amount: 1.5, TimestampUtc: '2026-01-01T00:00:00Z' }
          const response = await fetch(`http://127.0.0.1:${port}/api/orders`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          })
          return { status: response.status, body: await response.json() }
        }),
      )
      expect(answers).toEqual(
        answers.map((_, index) => ({ status: 202, body: { orderId: `O-${index}`, topic: name } })),
      )
      const records = await probe.read(name)
      const read = avro(orderPlaced, { registry: createSchemaRegistry({ url: registry.url }) })
      const orderIn = (value: Buffer | null) => read.decode(value ?? Buffer.alloc(0), { topic: name, part: 'value' })
      const found = await Promise.all(
        records.map(async ({ key, value }) => [String(key), await orderIn(value)] as const),
      )
      const stored = { customerId: 'C-1', amount: 1.5, timestampUtc: '2026-01-01T00:00:00Z' }
      const expected = answers.map((_, index) => [`O-${index}`, { orderId: `O-${index}`, ...stored }])
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
    } finally {
      api.close()
      api.closeAllConnections()
      await producer.close()
    }
  })
})
