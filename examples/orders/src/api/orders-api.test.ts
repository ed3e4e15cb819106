import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startSchemaRegistry } from '@millrace/schema-registry/dev'
import { Validator } from '@seriousme/openapi-schema-validator'
import { createProducer, type DeliveryReport, type Driver, type Logger, silentLogger } from 'millrace'
import { afterEach, describe, expect, it } from 'vitest'
import { Orders } from '../topics.js'
import { openapi } from './openapi.js'
import { OrderForm } from './order-form.js'
import { createOrdersApi, type OrdersApiParts } from './orders-api.js'

const order = { orderId: 'ORD-000001', customerId: 'C-1', amount: 12.5, timestampUtc: '2026-01-01T00:00:00Z' }
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

async function setup(parts: Partial<OrdersApiParts> = {}) {
  const sent: unknown[] = []
  const send: OrdersApiParts['send'] = async (placed) => {
    sent.push(placed)
    return { topic: 'orders.v1', partition: 3, offset: 41n, timestamp: 0 }
  }
  const api = createOrdersApi({ send, log: silentLogger, ...parts })
  api.listen(0, '127.0.0.1')
  await once(api, 'listening')
  const { port } = api.address() as AddressInfo
  closing.push(async () => {
    api.closeAllConnections()
    api.close()
    await once(api, 'close')
  })
  const url = `http://127.0.0.1:${port}`
  const post = (body: string | object, headers: Record<string, string> = {}) =>
    fetch(`${url}/api/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { url, port, post, sent }
}

/** Errors as they really are: from a producer on a driver that can't reach anybody. */
async function producerError(code: 'away' | 'closed'): Promise<unknown> {
  const driver: Driver = {
    name: 'none',
    capabilities: { transactions: false, staticMembership: false },
    describeTopics: () => Promise.reject(new Error('unused')),
    join: () => {
      throw new Error('unused')
    },
    openSender: () => Promise.reject(new Error('connect ECONNREFUSED')),
    openTransactions: () => Promise.reject(new Error('unused')),
    close: () => Promise.resolve(),
  }
  const producer = createProducer(Orders, { driver, env: {} })
  if (code === 'closed') await producer.close()
  return producer.send({ key: 'k', value: order }).catch((error: unknown) => error)
}

describe('POST /api/orders', () => {
  it('answers 202 with order and topic once Kafka has acknowledged', async () => {
    const { post, sent } = await setup()
    const response = await post(order)
    expect(response.status).toBe(202)
    expect(await response.text()).toBe('{"orderId":"ORD-000001","topic":"orders.v1"}')
    expect(sent).toEqual([order])
  })

  it("takes a .NET client's body as it is", async () => {
    const { post, sent } = await setup()
    const body = { OrderId: 'ORD-000001', CustomerId: 'C-1', Amount: 12.5, TimestampUtc: '2026-01-01T00:00:00Z' }
    expect((await post(body, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(202)
    expect(sent).toEqual([order])
  })

  it('waits for the acknowledgement', async () => {
    const ack = Promise.withResolvers<DeliveryReport>()
    const asked = Promise.withResolvers<void>()
    const { url, post } = await setup({ send: () => (asked.resolve(), ack.promise) })
    let isAnswered = false
    const answer = post(order).finally(() => (isAnswered = true))
    await asked.promise
    await fetch(`${url}/api/orders/ping`) // a whole round trip later
    expect(isAnswered).toBe(false)
    ack.resolve({ topic: 'orders.v1', partition: 0, offset: 0n, timestamp: 0 })
    expect((await answer).status).toBe(202)
  })

  it('logs the delivery report', async () => {
    const lines: object[] = []
    const log: Logger = { ...silentLogger, info: (fields) => void lines.push(fields) }
    const { post } = await setup({ log })
    await post(order)
    expect(lines).toEqual([{ orderId: 'ORD-000001', topic: 'orders.v1', partition: 3, offset: 41n }])
  })

  it('answers 400 with a list of field errors, and sends nothing', async () => {
    const { post, sent } = await setup()
    const response = await post({ ...order, amount: -1, orderId: undefined })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      errors: [
        { field: 'orderId', message: expect.any(String) },
        { field: 'amount', message: expect.any(String) },
      ],
    })
    expect((await post('{')).status).toBe(400)
    expect(sent).toEqual([])
  })

  it.each([['text/plain'], ['application/x-www-form-urlencoded'], ['application/jsonp']])(
    'answers 415 to %s',
    async (type) => {
      const { post, sent } = await setup()
      expect((await post(order, { 'content-type': type })).status).toBe(415)
      expect(sent).toEqual([])
    },
  )

  it('answers 413 to a body over 64 KiB that says its length, and takes one of exactly that', async () => {
    const { post } = await setup()
    const padding = (bytes: number): string => JSON.stringify(order).padEnd(bytes, ' ')
    expect((await post(padding(64 * 1024 + 1))).status).toBe(413)
    expect((await post(padding(64 * 1024))).status).toBe(202)
  })

  it('answers 413 to a body over 64 KiB that comes in chunks without an end', async () => {
    const { port, sent } = await setup()
    const outgoing = request({ port, host: '127.0.0.1', path: '/api/orders', method: 'POST' })
    outgoing.setHeader('content-type', 'application/json')
    outgoing.on('error', () => undefined) // the API closes the connection on it
    outgoing.write('x'.repeat(70_000))
    const [response] = await once(outgoing, 'response')
    expect(response.statusCode).toBe(413)
    outgoing.destroy()
    expect(sent).toEqual([])
  })

  it('answers 503 when Kafka does not acknowledge in time', async () => {
    const { post } = await setup({ send: () => new Promise(() => undefined), kafkaWaitMs: 20 })
    const response = await post(order)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
  })

  it('answers 503 when no broker is there to be connected to', async () => {
    await using registry = await startSchemaRegistry()
    const SCHEMA_REGISTRY = { SCHEMA_REGISTRY_URL: registry.url, SCHEMA_REGISTRY_REGISTER: 'start' }
    const env = { KAFKA_BROKERS: '127.0.0.1:1', ...SCHEMA_REGISTRY }
    const producer = createProducer(Orders, { env, logger: silentLogger, deliveryTimeout: '300ms' })
    closing.push(() => producer.close())
    const send: OrdersApiParts['send'] = (placed, signal) =>
      producer.send({ key: placed.orderId, value: placed }, signal)
    const { post } = await setup({ send })
    expect((await post(order)).status).toBe(503)
  })

  it('answers 503 while it is closing, and 500 to what is not worth repeating', async () => {
    const [closed, away] = [await producerError('closed'), await producerError('away')]
    expect((await (await setup({ send: () => Promise.reject(closed) })).post(order)).status).toBe(503)
    expect((await (await setup({ send: () => Promise.reject(away) })).post(order)).status).toBe(500)
  })
})

describe('everything else', () => {
  it('answers a ping', async () => {
    const { url } = await setup()
    const response = await fetch(`${url}/api/orders/ping?now`)
    expect([response.status, await response.text()]).toEqual([200, 'pong'])
  })

  it.each([
    ['GET', '/api/orders', 405, 'POST'],
    ['DELETE', '/api/orders', 405, 'POST'],
    ['POST', '/api/orders/ping', 405, 'GET'],
    ['GET', '/', 404, null],
    ['POST', '/api/orders/1', 404, null],
  ])('answers %s %s with %d', async (method, path, status, allow) => {
    const { url } = await setup()
    const response = await fetch(`${url}${path}`, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow])
  })
})

describe('GET /openapi.json', () => {
  it('describes in development what is taken and answered, in valid OpenAPI', async () => {
    const { url, post } = await setup({ isDocumented: true })
    const response = await fetch(`${url}/openapi.json`)
    const document: unknown = await response.json()
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)))
    expect(errors).toBeUndefined()
    expect([response.status, valid]).toEqual([200, true])

    const { paths, components } = openapi
    expect(document).toEqual(JSON.parse(JSON.stringify(openapi)))
    expect(Object.keys(components.schemas.Order.properties ?? {})).toEqual(Object.keys(OrderForm.shape))
    const answers = await Promise.all([
      post(order),
      post({}),
      post('x'.repeat(70_000)),
      post('', { 'content-type': 'text/plain' }),
    ])
    for (const { status } of answers) expect(Object.keys(paths['/api/orders'].post.responses)).toContain(String(status))
  })

  it('is not there in production', async () => {
    const { url } = await setup()
    expect((await fetch(`${url}/openapi.json`)).status).toBe(404)
  })
})
