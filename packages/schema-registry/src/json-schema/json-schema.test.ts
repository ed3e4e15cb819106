import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf, framed, setupRegistry, value } from '../test-support/serde-bench.js'
import { jsonSchema } from './json-schema.js'

const orderSchema = {
  type: 'object',
  title: 'Order',
  properties: {
    orderId: { type: 'string' },
    amount: { type: 'number', minimum: 0 },
    status: { enum: ['placed', 'paid'] },
  },
  required: ['orderId', 'amount'],
  additionalProperties: false,
} as const
const anOrder = { orderId: 'o-1', amount: 12.5 }

async function setup() {
  const world = await setupRegistry()
  const order = jsonSchema(orderSchema, { registry: world.registry, register: 'start' })
  await order.prepare?.(world.use())
  return { ...world, order }
}

describe('JSON Schema', () => {
  it('is the zero byte, the id, and the JSON', async () => {
    const { order } = await setup()
    expect(order.encode(anOrder, value)).toEqual(framed(1, Buffer.from('{"orderId":"o-1","amount":12.5}')))
  })

  it('reads what it has written, synchronously once the schema is known', async () => {
    const { order } = await setup()
    await order.decode(await order.encode(anOrder, value), value)
    const orders = fc.record({
      orderId: fc.string({ unit: 'binary' }),
      amount: fc.double({ min: 0, noNaN: true, max: 1e300 }),
    })
    fc.assert(
      fc.property(orders, (one) => {
        const bytes = order.encode(one, value)
        if (bytes instanceof Promise) throw new Error('a promise for a known schema')
        // JSON has no negative zero.
        expect(order.decode(bytes, value)).toEqual({ ...one, amount: one.amount + 0 })
      }),
    )
  })

  it('holds what it reads against its own schema, and tells places and rules without values', async () => {
    const { order } = await setup()
    for (const [text, issue] of [
      ['{"orderId":"secret","amount":-1}', 'amount must be >= 0'],
      ['{"orderId":"secret","amount":1,"status":"secret"}', 'status must be equal to one of the allowed values'],
      ['{"amount":1}', "the value must have required property 'orderId'"],
      ['[]', 'the value must be object'],
    ] as const) {
      const { code, message } = await failureOf(() => order.decode(framed(1, Buffer.from(text)), value))
      expect(code).toBe('MILLRACE_VALIDATE_FAILED')
      expect(message).toContain(`does not match its schema: ${issue}`)
      expect(message).not.toContain('secret')
    }
    const key = await failureOf(() => order.decode(framed(1, Buffer.from('1')), { topic: 'orders', part: 'key' }))
    expect(key.message).toContain('in its key, ')
  })

  it('refuses to write what breaks its schema', async () => {
    const { order } = await setup()
    const wrong = { orderId: 'secret', amount: -1 }
    const { code, message } = await failureOf(() => order.encode(wrong, value))
    expect([code, message]).toEqual(['MILLRACE_ENCODE_FAILED', expect.stringContaining('amount must be >= 0')])
  })

  it.each([
    ['no JSON', Buffer.from('{"orderId":'), 'no JSON'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'no JSON in UTF-8'],
    ['nothing', Buffer.alloc(0), 'no JSON'],
  ])('fails to decode %s', async (_name, payload, reason) => {
    const { order } = await setup()
    const { code, message } = await failureOf(() => order.decode(framed(1, payload), value))
    expect([code, message]).toEqual(['MILLRACE_DECODE_FAILED', expect.stringContaining(reason)])
  })

  it('needs the id of a JSON Schema in front, as every reader of the registry does', async () => {
    const { order, registry } = await setup()
    await registry.register('avro', { type: 'AVRO', text: '"string"', references: [] })
    const payload = Buffer.from(JSON.stringify(anOrder))
    for (const [bytes, reason] of [
      [payload, 'it begins with byte 123'],
      [framed(2, payload), 'schema 2 is of type AVRO'],
      [framed(9, payload), 'no schema of id 9'],
    ] as const) {
      const { code, message } = await failureOf(() => order.decode(bytes, value))
      expect([code, message]).toEqual(['MILLRACE_DECODE_FAILED', expect.stringContaining(reason)])
    }
  })

  it.each([
    'http://json-schema.org/draft-06/schema#',
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://json-schema.org/draft/2020-12/schema',
  ])('knows the dialect %s', async ($schema) => {
    const { registry, use } = await setupRegistry()
    const serde = jsonSchema({ $schema, type: 'array', items: { type: 'string' } } as object, { registry })
    await serde.prepare?.(use({ direction: 'read' }))
  })

  it('tells of a dialect that it does not know, and of a schema that is none, at the start', async () => {
    const { registry, use } = await setupRegistry()
    for (const [schema, reason] of [
      [{ $schema: 'http://json-schema.org/draft-04/schema#' }, 'draft-04'],
      [{ type: 'strng' }, 'type'],
      [{ $ref: 'address.json' }, 'address.json'],
      ['"text"', 'neither an object'],
    ] as const) {
      const failed = await failureOf(() => jsonSchema(schema as object, { registry }).prepare?.(use()))
      expect([failed.code, failed.message]).toEqual(['MILLRACE_SCHEMA_INVALID', expect.stringContaining(reason)])
    }
  })

  it('finds what it refers to under the name that it uses', async () => {
    const { registry, use, dev } = await setupRegistry()
    const address = jsonSchema({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] })
    const customer = jsonSchema<{ home: { city: string } }>(
      JSON.stringify({ type: 'object', properties: { home: { $ref: 'address.json' } }, required: ['home'] }),
      { registry, register: 'start', references: [{ name: 'address.json', subject: 'addresses', schema: address }] },
    )
    await customer.prepare?.(use())
    const bytes = await customer.encode({ home: { city: 'Bonn' } }, value)
    expect(await customer.decode(bytes, value)).toEqual({ home: { city: 'Bonn' } })
    expect(await failureOf(() => customer.encode({ home: {} } as never, value))).toMatchObject({
      message: expect.stringContaining("home must have required property 'city'"),
    })
    expect([...dev.subjects.keys()].toSorted()).toEqual(['addresses', 'orders-value'])
  })
})
