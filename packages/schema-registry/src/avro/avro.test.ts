import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf, framed, setupRegistry, value } from '../test-support/serde-bench.js'
import { avro } from './avro.js'

const orderSchema = {
  type: 'record',
  name: 'Order',
  namespace: 'acme',
  fields: [
    { name: 'orderId', type: 'string' },
    { name: 'amount', type: 'double' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['PLACED', 'PAID'] } },
    { name: 'tags', type: { type: 'array', items: 'string' }, default: [] },
    { name: 'prices', type: { type: 'map', values: 'int' } },
    { name: 'raw', type: 'bytes' },
    {
      name: 'by',
      type: [
        { type: 'record', name: 'Card', fields: [{ name: 'number', type: 'string' }] },
        { type: 'record', name: 'Cash', fields: [{ name: 'currency', type: 'string' }] },
      ],
    },
  ],
} as const

const anOrder = {
  ...{ orderId: 'o-1', amount: 12.5, note: null, status: 'PLACED' as const, tags: ['new'], prices: { a: 1 } },
  ...{ raw: Buffer.from([1, 2]), by: { 'acme.Card': { number: '4711' } } },
}

async function setup() {
  const world = await setupRegistry()
  const order = avro(orderSchema, { registry: world.registry, register: 'start' })
  await order.prepare?.(world.use())
  return { ...world, order }
}

describe('Avro', () => {
  it('is the zero byte, the id, and what Avro itself makes of the value', async () => {
    const { order, dev } = await setup()
    const bytes = order.encode(anOrder, value)
    const payload = avsc.Type.forSchema(JSON.parse(JSON.stringify(orderSchema))).toBuffer(anOrder)
    expect(bytes).toEqual(framed(1, payload))
    expect([...dev.subjects.keys()]).toEqual(['orders-value'])
  })

  it('reads what it has written, for any value', async () => {
    const { order } = await setup()
    const orders = fc.record({
      orderId: fc.string({ unit: 'binary' }),
      amount: fc.double({ noNaN: true }),
      note: fc.option(fc.string()),
      status: fc.constantFrom('PLACED' as const, 'PAID' as const),
      tags: fc.array(fc.string()),
      prices: fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      ),
      raw: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      by: fc.oneof(
        fc.string().map((number) => ({ 'acme.Card': { number } })),
        fc.string().map((currency) => ({ 'acme.Cash': { currency } })),
      ),
    })
    // The first value of a schema waits for the registry, every other one is there at once.
    const first = await order.encode(anOrder, value)
    await order.decode(first, value)
    fc.assert(
      fc.property(orders, (one) => {
        const bytes = order.encode(one, value)
        if (bytes instanceof Promise) throw new Error('a promise for a known schema')
        expect(JSON.parse(JSON.stringify(order.decode(bytes, value)))).toEqual(JSON.parse(JSON.stringify(one)))
      }),
      { numRuns: 200 },
    )
  })

  it('gives back bytes that are not shared, and values that outgrow its scratch', async () => {
    const { order } = await setup()
    const one = await order.encode(anOrder, value)
    const copy = Buffer.from(one)
    const big = { ...anOrder, note: 'x'.repeat(100_000) }
    const bytes = await order.encode(big, value)
    expect(one).toEqual(copy)
    expect(await order.decode(bytes, value)).toMatchObject({ note: big.note })
    expect(bytes.length).toBeGreaterThan(100_000)
  })

  it('answers synchronously once the schema is known', async () => {
    const { order } = await setup()
    const bytes = order.encode(anOrder, value)
    expect(bytes).toBeInstanceOf(Buffer)
    if (bytes instanceof Promise) return
    expect(order.decode(bytes, value)).toBeInstanceOf(Promise)
    await order.decode(bytes, value)
    expect(order.decode(bytes, value)).not.toBeInstanceOf(Promise)
  })

  it("reads another writer's schema as its own: defaults, promotions, fields of other versions, aliases", async () => {
    const { registry, use } = await setupRegistry()
    const older = avro(
      {
        type: 'record',
        name: 'Order',
        fields: [
          { name: 'old_id', type: 'string' },
          { name: 'amount', type: 'int' },
          { name: 'gone', type: 'long' },
        ],
      },
      { registry, register: 'start' },
    )
    const ours = avro(
      {
        type: 'record',
        name: 'Order',
        fields: [
          { name: 'id', type: 'string', aliases: ['old_id'] },
          { name: 'amount', type: 'double' },
          { name: 'note', type: ['null', 'string'], default: null },
        ],
      },
      { registry },
    )
    await older.prepare?.(use({ direction: 'write' }))
    const bytes = await older.encode({ old_id: 'o-1', amount: 7, gone: 1 }, value)
    expect({ ...(await ours.decode(bytes, value)) }).toEqual({ id: 'o-1', amount: 7, note: null })
  })

  it('keeps what a logical type stands on, and types that other subjects define', async () => {
    const { registry, use, dev } = await setupRegistry()
    const city = avro({ type: 'record', name: 'acme.City', fields: [{ name: 'name', type: 'string' }] })
    const address = avro(
      { type: 'record', name: 'acme.Address', fields: [{ name: 'city', type: 'acme.City' }] },
      { references: [{ name: 'acme.City', subject: 'cities', schema: city }] },
    )
    const customer = avro(
      {
        type: 'record',
        name: 'acme.Customer',
        fields: [
          { name: 'home', type: 'acme.Address' },
          { name: 'since', type: { type: 'long', logicalType: 'timestamp-millis' } },
        ],
      },
      { registry, register: 'start', references: [{ name: 'acme.Address', subject: 'addresses', schema: address }] },
    )
    await customer.prepare?.(use())
    const one = { home: { city: { name: 'Bonn' } }, since: 1_700_000_000_000 }
    const bytes = await customer.encode(one, value)
    const other = avro(
      JSON.stringify({ type: 'record', name: 'acme.Customer', fields: [{ name: 'since', type: 'long' }] }),
      {
        registry,
      },
    )
    expect(JSON.parse(JSON.stringify(await customer.decode(bytes, value)))).toEqual(one)
    expect({ ...Object(await other.decode(bytes, value)) }).toEqual({ since: one.since })
    expect(dev.subjects.get('orders-value')?.[0]?.references).toEqual([
      { name: 'acme.Address', subject: 'addresses', version: 1 },
    ])
  })

  it.each<[string, (good: Buffer) => Buffer, string]>([
    ['nothing at all', () => Buffer.alloc(0), 'it has 0 bytes'],
    ['JSON', () => Buffer.from('{"orderId":"o-1"}'), 'it begins with byte 123'],
    ['an id that nobody knows', (good) => framed(99, good.subarray(5)), 'the registry knows no schema of id 99'],
    ['a negative id', (good) => framed(-1, good.subarray(5)), 'negative'],
    ['a payload that ends too early', (good) => good.subarray(0, -1), 'ends too early'],
    ['a payload that goes on', (good) => Buffer.concat([good, Buffer.from([1])]), '1 bytes follow its payload'],
    ['an enum without such a symbol', (good) => Buffer.concat([good.subarray(0, 18), Buffer.from([40])]), 'enum'],
  ])('refuses %s, and says why', async (_name, spoil, reason) => {
    const { order } = await setup()
    const good = await order.encode(anOrder, value)
    const { code, message } = await failureOf(() => order.decode(spoil(good), value))
    expect(code).toBe('MILLRACE_DECODE_FAILED')
    expect(message).toContain('The value of a record on "orders" is not valid Avro: ')
    expect(message).toContain(reason)
  })

  it("refuses a writer's schema that can not be read as its own, and one of another format, again and again", async () => {
    const { order, registry } = await setup()
    const references: [] = []
    await registry.register('other', { type: 'AVRO', text: '{"type":"record","name":"Other","fields":[]}', references })
    await registry.register('json', { type: 'JSON', text: '{"type":"object"}', references })
    for (const _again of [1, 2]) {
      const other = await failureOf(() => order.decode(framed(2, Buffer.alloc(3)), value))
      expect([other.code, other.message]).toEqual([
        'MILLRACE_DECODE_FAILED',
        expect.stringContaining('schema 2 can not be read'),
      ])
      const json = await failureOf(() => order.decode(framed(3, Buffer.alloc(3)), value))
      expect([json.code, json.message]).toEqual([
        'MILLRACE_DECODE_FAILED',
        expect.stringContaining('schema 3 is of type JSON'),
      ])
    }
  })

  it('fails to decode with its code and nothing else, whatever the bytes are', async () => {
    const { order } = await setup()
    await order.decode(await order.encode(anOrder, value), value)
    const good = await order.encode(anOrder, value)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.nat(good.length), async (junk, cut) => {
        const bytes = Buffer.concat([good.subarray(0, Math.max(5, cut)), junk])
        const thrown: unknown = await (async () => order.decode(bytes, value))().then(
          () => undefined,
          (error: unknown) => error,
        )
        if (thrown !== undefined) expect(thrown).toMatchObject({ code: 'MILLRACE_DECODE_FAILED', retriable: false })
      }),
      { numRuns: 300 },
    )
  })

  // avsc by itself makes room for what is claimed here, or counts for minutes.
  it.each([
    ['an array of 2^40 texts', { type: 'array', items: 'string' }, [0x80, 0x80, 0x80, 0x80, 0x80, 0x40]],
    ['an array of 2^30 nulls', { type: 'array', items: 'null' }, [0x80, 0x80, 0x80, 0x80, 0x08, 0]],
    ['a map of 2^40 entries', { type: 'map', values: 'int' }, [0x80, 0x80, 0x80, 0x80, 0x80, 0x40]],
    ['a text of 2^40 bytes', 'string', [0x80, 0x80, 0x80, 0x80, 0x80, 0x40]],
    ['a text of -1 bytes', 'string', [1]],
    ['a number without an end', 'long', new Array(12).fill(0xff)],
  ])('gives up at once on %s', async (_name, schema, payload) => {
    const { registry, use } = await setupRegistry()
    const serde = avro(schema as string, { registry, register: 'start' })
    await serde.prepare?.(use())
    const failed = await failureOf(() => serde.decode(framed(1, Buffer.from(payload)), value))
    expect(failed.code).toBe('MILLRACE_DECODE_FAILED')
  })

  it.each([
    ['an array of 2^40 texts', [0x80, 0x80, 0x80, 0x80, 0x80, 0x40]],
    ['a block of -3 bytes, which leads back to itself', [1, 5]],
  ])('gives up at once on %s in a field that it leaves out', async (_name, payload) => {
    const { registry, use } = await setupRegistry()
    const fields = [{ name: 'gone', type: { type: 'array', items: 'string' } }]
    const writer = avro(JSON.stringify({ type: 'record', name: 'R', fields }), { registry, register: 'start' })
    await writer.prepare?.(use())
    const ours = avro({ type: 'record', name: 'R', fields: [] }, { registry })
    const failed = await failureOf(() => ours.decode(framed(1, Buffer.from(payload)), value))
    expect(failed.code).toBe('MILLRACE_DECODE_FAILED')
    const good = framed(1, Buffer.from([1, 4, 2, 0x61, 2, 2, 0x62, 0]))
    expect(await ours.decode(good, value)).toBeTypeOf('object')
  })

  it('keeps a key __proto__ of a map as a plain property', async () => {
    const { registry, use } = await setupRegistry()
    const serde = avro({ type: 'map', values: 'int' }, { registry, register: 'start' })
    await serde.prepare?.(use())
    const bytes = await serde.encode(JSON.parse('{"__proto__":1,"a":2}') as Record<string, number>, value)
    const read = await serde.decode(bytes, value)
    expect(Object.entries(read)).toEqual([
      ['__proto__', 1],
      ['a', 2],
    ])
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  })

  it('reads and writes numbers as Avro does, up to what JavaScript holds exactly', async () => {
    const { registry, use } = await setupRegistry()
    const long = avro('long', { registry, register: 'start' })
    await long.prepare?.(use())
    await long.decode(framed(1, Buffer.from([0])), value)
    const zigzag = (number: bigint): Buffer => {
      const bytes: number[] = []
      let rest = BigInt.asUintN(64, (number << 1n) ^ (number >> 63n))
      for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
      return Buffer.from([...bytes, Number(rest)])
    }
    const longs = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -70_000, max: 70_000 }))
    fc.assert(
      fc.property(longs, (number) => {
        if (Math.abs(number) >= 2 ** 53 - 1) return // avsc keeps one clear of the bound
        const bytes = framed(1, zigzag(BigInt(number)))
        expect(long.encode(number, value)).toEqual(bytes)
        expect(long.decode(bytes, value)).toBe(number)
      }),
      { examples: [[-(2 ** 52)], [-(2 ** 52) - 1], [2 ** 52 + 1], [-(2 ** 53) + 2]], numRuns: 500 },
    )
    const tooLong = framed(1, Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]))
    expect(await failureOf(() => long.decode(tooLong, value))).toMatchObject({
      code: 'MILLRACE_DECODE_FAILED',
      message: expect.stringContaining('precision'),
    })
  })

  it('refuses a value that does not fit, with places and types, and never with the value', async () => {
    const { order } = await setup()
    const wrong = { ...anOrder, amount: 'secret', status: 'secret', orderId: undefined } as unknown as typeof anOrder
    const { code, message } = await failureOf(() => order.encode(wrong, value))
    expect(code).toBe('MILLRACE_ENCODE_FAILED')
    expect(message).toContain(
      'orderId is not of type string; amount is not of type double; status is not of type acme.Status',
    )
    expect(message).not.toContain('secret')
  })

  it('tells of a schema that is none at the start', async () => {
    const { registry, use } = await setupRegistry()
    const broken = avro({ type: 'record', name: 'Order', fields: [{ name: 'a', type: 'strng' }] }, { registry })
    expect(await failureOf(() => broken.prepare?.(use()))).toMatchObject({
      code: 'MILLRACE_SCHEMA_INVALID',
      message: expect.stringContaining('strng'),
    })
    for (const made of [
      () => avro('{"type":'),
      () => avro(null as unknown as string),
      () => avro(undefined as unknown as string),
    ]) {
      expect(await failureOf(made)).toMatchObject({ code: 'MILLRACE_OPTIONS_INVALID' })
    }
  })

  it('refuses options that nothing reads', async () => {
    const options = { subject: 'name', register: 'now', registri: 1 } as unknown as Parameters<typeof avro>[1]
    const { code, message } = await failureOf(() => avro('string', options))
    expect(code).toBe('MILLRACE_OPTIONS_INVALID')
    for (const name of ['subject', 'register', 'registri']) expect(message).toContain(`avro: ${name}`)
  })
})
