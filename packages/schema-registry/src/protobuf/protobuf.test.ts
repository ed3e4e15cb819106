import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf, framed, setupRegistry, value } from '../test-support/serde-bench.js'
import { protobuf } from './protobuf.js'

const file = `
  syntax = "proto3";
  package acme;
  import "google/protobuf/timestamp.proto";
  enum Status { PLACED = 0; PAID = 1; }
  message Envelope {
    message Inner { string text = 1; message Deep { bool is_deep = 1; } }
    string id = 1;
  }
  message Order {
    string order_id = 1;
    double amount = 2;
    Status status = 3;
    int64 total = 4;
    bytes raw = 5;
    repeated string tags = 6;
    map<string, int32> prices = 7;
    optional string note = 8;
    google.protobuf.Timestamp placed_at = 9;
  }
`
interface Order {
  orderId: string
  amount: number
  status: 'PLACED' | 'PAID'
  total: string
  raw: Buffer
  tags: string[]
  prices: Record<string, number>
  note?: string
  placedAt: { seconds: string; nanos: number } | null
}
const anOrder = {
  orderId: 'o-1',
  amount: 1.5,
  status: 'PAID',
  total: '9007199254740993',
  raw: Buffer.from([1]),
} as const

async function setup(message: string | undefined = 'Order') {
  const world = await setupRegistry()
  const order = protobuf<Order>(file, message, { registry: world.registry, register: 'start' })
  await order.prepare?.(world.use())
  return { ...world, order }
}

describe('Protobuf', () => {
  it.each([
    [undefined, [0]],
    ['Envelope', [0]],
    ['acme.Envelope', [0]],
    ['Order', [2, 2]],
    ['acme.Order', [2, 2]],
    ['Envelope.Inner', [4, 0, 0]],
    ['Inner', [4, 0, 0]],
    ['Envelope.Inner.Deep', [6, 0, 0, 0]],
  ])('writes the list that says which message of the file it is: %s is %j', async (message, indexes) => {
    const { registry, use } = await setupRegistry()
    const serde = protobuf(file, message, { registry, register: 'start' })
    await serde.prepare?.(use())
    expect(await serde.encode({}, value)).toEqual(framed(1, Buffer.from(indexes)))
  })

  it('maps fields in camelCase, enums by name, 64-bit integers as text, and fills empty fields in', async () => {
    const { order } = await setup()
    const bytes = await order.encode(anOrder, value)
    expect(await order.decode(bytes, value)).toEqual({ ...anOrder, tags: [], prices: {}, placedAt: null })
    const placedAt = { seconds: '1700000000', nanos: 5 }
    const whole = { ...anOrder, tags: ['a', 'b'], prices: { x: -1 }, note: '', placedAt }
    expect(await order.decode(await order.encode(whole, value), value)).toEqual(whole)
  })

  it('reads what it has written, synchronously once the schema is known', async () => {
    const { order } = await setup()
    await order.decode(await order.encode(anOrder, value), value)
    const orders = fc.record({
      orderId: fc.string({ unit: 'binary' }),
      amount: fc.double({ noNaN: true }),
      status: fc.constantFrom('PLACED' as const, 'PAID' as const),
      total: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      raw: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      tags: fc.array(fc.string()),
      prices: fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        fc.integer(),
      ),
      placedAt: fc.constant(null),
    })
    fc.assert(
      fc.property(orders, (one) => {
        const bytes = order.encode(one, value)
        if (bytes instanceof Promise) throw new Error('a promise for a known schema')
        expect(order.decode(bytes, value)).toEqual({ ...one, prices: { ...one.prices } })
      }),
    )
  })

  it("finds the message by the writer's file, in which it may stand elsewhere", async () => {
    const { registry, use, order } = await setup()
    const other = `syntax = "proto3"; package acme;
      message Order { string order_id = 1; string added = 20; }`
    const writer = protobuf(other, 'Order', { registry, register: 'start' })
    await writer.prepare?.(use({ topic: 'others' }))
    const bytes = await writer.encode({ orderId: 'o-1', added: 'x' }, { topic: 'others', part: 'value' })
    expect(bytes[5]).toBe(0)
    expect(await order.decode(bytes, value)).toMatchObject({ orderId: 'o-1', amount: 0 })
  })

  it.each<[string, (good: Buffer) => Buffer, string]>([
    [
      'another message of the file',
      (good) => framed(1, Buffer.concat([Buffer.from([0]), good.subarray(7)])),
      'it holds acme.Envelope, not acme.Order',
    ],
    [
      'a message that the file does not have',
      (good) => framed(1, Buffer.concat([Buffer.from([2, 10]), good.subarray(7)])),
      'no message at [5]',
    ],
    ['no list at all', () => framed(1, Buffer.alloc(0)), 'the list that says which message'],
    ['a broken list', () => framed(1, Buffer.from([1])), 'the list that says which message'],
    ['a payload that ends too early', (good) => good.subarray(0, -1), ''],
    ['an id that nobody knows', (good) => framed(9, good.subarray(5)), 'no schema of id 9'],
  ])('refuses %s', async (_name, spoil, reason) => {
    const { order } = await setup()
    const good = await order.encode(anOrder, value)
    const { code, message } = await failureOf(() => order.decode(spoil(good), value))
    expect([code, message]).toEqual(['MILLRACE_DECODE_FAILED', expect.stringContaining(reason)])
  })

  it('fails to decode with its code and nothing else, whatever the bytes are', async () => {
    const { order } = await setup()
    const good = await order.encode(anOrder, value)
    await order.decode(good, value)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(good.length), (junk, cut) => {
        try {
          void order.decode(Buffer.concat([good.subarray(0, Math.max(5, cut)), junk]), value)
        } catch (error) {
          expect(error).toMatchObject({ code: 'MILLRACE_DECODE_FAILED' })
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    [{ orderId: 5 }, 'orderId'],
    [{ amount: 'secret' }, 'amount'],
    [{ tags: 'secret' }, 'tags is no array'],
    [{ tags: ['a', 5] }, 'tags[1] is not of type string'],
    [{ prices: { secret: 1.5 } }, 'prices.* is not of type int32'],
    [{ prices: ['secret'] }, 'prices is no object'],
    [{ status: 'SECRET' }, 'status is not of type acme.Status'],
    [{ total: '12secret' }, 'total is not of type int64'],
    [{ total: 2 ** 60 }, 'total is not of type int64'],
    [{ raw: 'secret' }, 'raw is not of type bytes'],
    [{ placedAt: { seconds: true } }, 'placedAt.seconds is not of type int64'],
    [{ order_id: 'secret' }, 'order_id is no field of acme.Order'],
    ['secret', 'no object'],
  ])('refuses to write %j', async (wrong, text) => {
    const { order } = await setup()
    const { code, message } = await failureOf(() => order.encode(wrong as never, value))
    expect([code, message]).toEqual(['MILLRACE_ENCODE_FAILED', expect.stringContaining(text)])
    expect(message).not.toMatch(/secret/i)
  })

  it('tells of a file that is none, a message that is not in it, and an import that nobody has, at the start', async () => {
    const { registry, use } = await setupRegistry()
    for (const [text, message, reason] of [
      ['mesage Order {}', undefined, 'mesage'],
      ['syntax = "proto3";', undefined, 'declares no message'],
      [file, 'Invoice', 'declares no message "Invoice", but acme.Envelope'],
      ['syntax = "proto3"; import "a.proto"; message Order {}', undefined, 'imports "a.proto"'],
    ] as const) {
      const failed = await failureOf(() => protobuf(text, message, { registry }).prepare?.(use()))
      expect([failed.code, failed.message]).toEqual(['MILLRACE_SCHEMA_INVALID', expect.stringContaining(reason)])
    }
    expect(await failureOf(() => protobuf(5 as never))).toMatchObject({ code: 'MILLRACE_OPTIONS_INVALID' })
  })

  it('finds the files that it imports among its references', async () => {
    const { registry, use, dev } = await setupRegistry()
    const address = protobuf('syntax = "proto3"; package acme; message Address { string city = 1; }')
    const customer = protobuf<{ home: { city: string } }>(
      'syntax = "proto3"; package acme; import "address.proto"; message Customer { Address home = 1; }',
      'Customer',
      { registry, register: 'start', references: [{ name: 'address.proto', subject: 'addresses', schema: address }] },
    )
    await customer.prepare?.(use())
    const bytes = await customer.encode({ home: { city: 'Bonn' } }, value)
    // The imported file shares the package, and is not counted among the messages of this one.
    expect(bytes[5]).toBe(0)
    expect(await customer.decode(bytes, value)).toEqual({ home: { city: 'Bonn' } })
    expect(dev.subjects.get('orders-value')?.[0]?.references).toMatchObject([{ subject: 'addresses', version: 1 }])
  })
})
