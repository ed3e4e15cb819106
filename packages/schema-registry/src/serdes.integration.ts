import { silentLogger, type SerdeContext, type SerdeUse } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithRegistry } from '@millrace/testing/vitest'
import { describe, expect, it } from 'vitest'
import { avro, createSchemaRegistry, jsonSchema, protobuf } from './index.js'
import { failureOf, framed } from './test-support/serde-bench.js'

describeWithRegistry('the serdes', ({ url }) => {
  const registry = createSchemaRegistry({ url })
  const options = { registry, register: 'start' } as const
  const fresh = () => {
    const context: SerdeContext = { topic: uniqueName('orders'), part: 'value' }
    const signal = new AbortController().signal
    const use: SerdeUse = { ...context, direction: 'both', env: {}, logger: silentLogger, signal }
    return { context, use }
  }
  const order = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] } as const

  describe('register, write and read', () => {
    it('Avro, and the next version of it', async () => {
      const { context, use } = fresh()
      const one = avro(order, options)
      await one.prepare?.(use)
      const two = avro({ ...order, fields: [...order.fields, { name: 'note', type: 'string', default: '-' }] }, options)
      await two.prepare?.(use)
      const bytes = await one.encode({ id: 'o-1' }, context)
      expect({ ...(await one.decode(bytes, context)) }).toEqual({ id: 'o-1' })
      expect({ ...(await two.decode(bytes, context)) }).toEqual({ id: 'o-1', note: '-' })
      expect({ ...(await one.decode(await two.encode({ id: 'o-2' }, context), context)) }).toEqual({ id: 'o-2' })
    })

    it('JSON Schema', async () => {
      const { context, use } = fresh()
      const serde = jsonSchema({ type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }, options)
      await serde.prepare?.(use)
      expect(await serde.decode(await serde.encode({ id: 'o-1' }, context), context)).toEqual({ id: 'o-1' })
    })

    it('Protobuf, a message that is not the first', async () => {
      const { context, use } = fresh()
      const file = 'syntax = "proto3"; message A { string a = 1; } message B { message C { string c = 1; } }'
      const serde = protobuf<{ c: string }>(file, 'B.C', options)
      await serde.prepare?.(use)
      const bytes = await serde.encode({ c: 'x' }, context)
      expect([...bytes.subarray(5, 8)]).toEqual([4, 2, 0])
      expect(await serde.decode(bytes, context)).toEqual({ c: 'x' })
    })

    it('a schema that refers to another subject', async () => {
      const { context, use } = fresh()
      const address = avro({ type: 'record', name: 'acme.Address', fields: [{ name: 'city', type: 'string' }] })
      const customer = avro(
        { type: 'record', name: 'acme.Customer', fields: [{ name: 'home', type: 'acme.Address' }] },
        { ...options, references: [{ name: 'acme.Address', subject: uniqueName('addresses'), schema: address }] },
      )
      await customer.prepare?.(use)
      const bytes = await customer.encode({ home: { city: 'Bonn' } }, context)
      const reader = avro(
        { type: 'record', name: 'acme.Customer', fields: [{ name: 'home', type: 'acme.Address' }] },
        {
          registry: createSchemaRegistry({ url }),
          references: [{ name: 'acme.Address', subject: 'x', schema: address }],
        },
      )
      expect(JSON.parse(JSON.stringify(await reader.decode(bytes, context)))).toEqual({ home: { city: 'Bonn' } })
    })
  })

  it('does not start with a schema that is not registered, and starts once it is', async () => {
    const { context, use } = fresh()
    const careful = avro(order, { registry })
    expect((await failureOf(() => careful.prepare?.(use))).code).toBe('MILLRACE_SCHEMA_INVALID')
    await avro(order, options).prepare?.(use)
    await careful.prepare?.(use)
    expect(await careful.encode({ id: 'o-1' }, context)).toBeInstanceOf(Buffer)
  })

  it('does not start with a schema that breaks the compatibility of its subject', async () => {
    const { context, use } = fresh()
    // One of the registries under test has no level of its own.
    const put = await fetch(`${url}/config/${context.topic}-value`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: '{"compatibility":"BACKWARD"}',
    })
    expect(put.status).toBe(200)
    await avro(order, options).prepare?.(use)
    const next = avro({ ...order, fields: [{ name: 'number', type: 'int' }] }, options)
    const { code, message } = await failureOf(() => next.prepare?.(use))
    expect([code, message]).toEqual([
      'MILLRACE_SCHEMA_INVALID',
      expect.stringContaining('refuses it as the next version'),
    ])
  })

  it('takes an unknown id for a fault of the record', async () => {
    const { context, use } = fresh()
    const serde = avro(order, options)
    await serde.prepare?.(use)
    const { code, message } = await failureOf(() => serde.decode(framed(987_654, Buffer.from([0])), context))
    expect([code, message]).toEqual(['MILLRACE_DECODE_FAILED', expect.stringContaining('no schema of id 987654')])
  })
})
