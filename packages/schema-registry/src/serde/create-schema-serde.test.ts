import { isOutage } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { avro } from '../avro/avro.js'
import { startSchemaRegistry } from '../dev/index.js'
import { jsonSchema } from '../json-schema/json-schema.js'
import { createSchemaRegistry } from '../registry/create-schema-registry.js'
import { failureOf, framed, setupRegistry, value } from '../test-support/serde-bench.js'

const schema = { type: 'record', name: 'acme.Order', fields: [{ name: 'id', type: 'string' }] } as const
const order = { id: 'o-1' }

describe('a serde with a schema', () => {
  it('finds its registry in the environment that prepares it', async () => {
    const { use, dev } = await setupRegistry()
    const serde = avro(schema, { register: 'start' })
    await serde.prepare?.(use())
    expect(await serde.encode(order, value)).toBeInstanceOf(Buffer)
    expect([...dev.subjects.keys()]).toEqual(['orders-value'])
  })

  it('names the variable where there is no registry', async () => {
    const { use } = await setupRegistry()
    const { code, message } = await failureOf(() => avro(schema).prepare?.(use({ env: {} })))
    expect(code).toBe('MILLRACE_CONFIG_INVALID')
    expect(message).toContain('SCHEMA_REGISTRY_URL: is not set')
  })

  it.each([
    [{ SCHEMA_REGISTRY_URL: 'registry:8081' }, 'SCHEMA_REGISTRY_URL: is no http'],
    [{ SCHEMA_REGISTRY_URL: 'http://r', SCHEMA_REGISTRY_USERNAME: 'ann' }, 'SCHEMA_REGISTRY_PASSWORD: is not set'],
    [{ SCHEMA_REGISTRY_URL: 'http://r', SCHEMA_REGISTRY_PASSWORD: 'hidden' }, 'SCHEMA_REGISTRY_USERNAME: is not set'],
    [{ SCHEMA_REGISTRY_URL: 'http://r', SCHEMA_REGISTRY_REGISTER: 'now' }, 'SCHEMA_REGISTRY_REGISTER: says neither'],
  ])('refuses a wrong environment: %j', async (env, text) => {
    const { use } = await setupRegistry()
    const { code, message } = await failureOf(() => avro(schema).prepare?.(use({ env })))
    expect(code).toBe('MILLRACE_CONFIG_INVALID')
    expect(message).toContain(text)
    expect(message).not.toContain('hidden')
  })

  it.each([
    [undefined, 'orders-value'],
    ['topic', 'orders-value'],
    ['record', 'acme.Order'],
    ['topic-record', 'orders-acme.Order'],
  ] as const)('is registered under the subject of its strategy: %s', async (subject, name) => {
    const { registry, use, dev } = await setupRegistry()
    await avro(schema, { registry, register: 'start', ...(subject && { subject }) }).prepare?.(use())
    expect([...dev.subjects.keys()]).toEqual([name])
  })

  it('needs a name for the strategies that use it', async () => {
    const { registry, use } = await setupRegistry()
    const serde = jsonSchema({ type: 'string' }, { registry, subject: 'record' })
    expect(await failureOf(() => serde.prepare?.(use()))).toMatchObject({
      code: 'MILLRACE_SCHEMA_INVALID',
      message: expect.stringContaining('the schema has no name'),
    })
  })

  it('keeps the keys and values of several topics apart', async () => {
    const { registry, use, dev } = await setupRegistry()
    const key = avro('string', { registry, register: 'start' })
    await key.prepare?.(use({ part: 'key' }))
    await key.prepare?.(use({ part: 'key', topic: 'invoices' }))
    expect([...dev.subjects.keys()].toSorted()).toEqual(['invoices-key', 'orders-key'])
    // The same schema has the same id under every subject.
    expect(await key.encode('a', { topic: 'invoices', part: 'key' })).toEqual(
      await key.encode('a', { topic: 'orders', part: 'key' }),
    )
  })

  it('does not start where it should write a schema that is not registered, and says what to do', async () => {
    const { registry, use, dev, requests } = await setupRegistry()
    const serde = avro(schema, { registry })
    const { code, message } = await failureOf(() => serde.prepare?.(use()))
    expect(code).toBe('MILLRACE_SCHEMA_INVALID')
    expect(message).toContain('the value of "orders", subject "orders-value": its schema is not registered there')
    expect(message).toContain('registerSchemas()')
    expect(dev.subjects.size).toBe(0)
    expect(requests.some((one) => one.includes('/versions?') || one.endsWith('/versions'))).toBe(false)
  })

  it('starts where it only reads, and has registered nothing', async () => {
    const { registry, use, dev } = await setupRegistry()
    await avro(schema, { registry, register: 'start' }).prepare?.(use({ direction: 'read' }))
    expect(dev.subjects.size).toBe(0)
  })

  it('registers at the start where the environment says so, whatever the code says', async () => {
    const { use, dev } = await setupRegistry()
    const env = { SCHEMA_REGISTRY_URL: dev.url, SCHEMA_REGISTRY_REGISTER: 'start' }
    await avro(schema).prepare?.(use({ env }))
    expect(dev.subjects.size).toBe(1)
    const never = { SCHEMA_REGISTRY_URL: dev.url, SCHEMA_REGISTRY_REGISTER: 'never' }
    const other = avro('string', { register: 'start' })
    expect(await failureOf(() => other.prepare?.(use({ topic: 'other', env: never })))).toMatchObject({
      code: 'MILLRACE_SCHEMA_INVALID',
    })
  })

  it('does not start with a schema that the registry finds incompatible, and tells its reasons', async () => {
    const { registry, use, dev } = await setupRegistry()
    await avro(schema, { registry, register: 'start' }).prepare?.(use())
    const next = { ...schema, fields: [{ name: 'id', type: 'int' }] } as const
    for (const register of ['start', 'never'] as const) {
      const { code, message } = await failureOf(() => avro(next, { registry, register }).prepare?.(use()))
      expect(code).toBe('MILLRACE_SCHEMA_INVALID')
      expect(message).toMatch(/the registry refuses it as the next version: .*TYPE_MISMATCH/i)
    }
    expect(dev.subjects.get('orders-value')).toHaveLength(1)
  })

  it('starts with a compatible next version, and writes with its id', async () => {
    const { registry, use } = await setupRegistry()
    await avro(schema, { registry, register: 'start' }).prepare?.(use())
    const next = avro(
      { ...schema, fields: [...schema.fields, { name: 'note', type: 'string', default: '' }] },
      { registry, register: 'start' },
    )
    await next.prepare?.(use())
    expect((await next.encode({ id: 'o-1' }, value)).readInt32BE(1)).toBe(2)
  })

  it('warns where the newest schema of a topic can not be read as its own', async () => {
    const { registry, use, logged } = await setupRegistry()
    await avro('int', { registry, register: 'start' }).prepare?.(use())
    await avro('bytes', { registry }).prepare?.(use({ direction: 'read' }))
    expect(logged).toMatchObject([{ level: 'warn', fields: { subject: 'orders-value', topic: 'orders' } }])
  })

  it('starts reading while the registry is away, with a warning; for writing it needs an answer', async () => {
    const { registry, use, dev, logged } = await setupRegistry()
    await dev.down()
    await avro(schema, { registry }).prepare?.(use({ direction: 'read' }))
    expect(logged).toMatchObject([{ level: 'warn', text: expect.stringContaining('the schema registry is away') }])
    const { code, error } = await failureOf(() => avro(schema, { registry }).prepare?.(use({ direction: 'write' })))
    expect([code, isOutage(error)]).toEqual(['MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE', true])
  })

  it('does not start with credentials that the registry does not take, or at an address that is no registry', async () => {
    const { use } = await setupRegistry()
    await using guarded = await startSchemaRegistry({ auth: { username: 'ann', password: 'right' } })
    const env = { SCHEMA_REGISTRY_URL: guarded.url, SCHEMA_REGISTRY_USERNAME: 'ann', SCHEMA_REGISTRY_PASSWORD: 'wr0ng' }
    const elsewhere = createSchemaRegistry({
      url: `${guarded.url}/nowhere`,
      auth: { username: 'ann', password: 'right' },
    })
    for (const direction of ['read', 'write'] as const) {
      const denied = await failureOf(() => avro(schema).prepare?.(use({ direction, env })))
      expect(denied.code).toBe('MILLRACE_CONFIG_INVALID')
      expect(denied.message).toContain('SCHEMA_REGISTRY_USERNAME')
      expect(denied.message).not.toContain('wr0ng')
      const lost = await failureOf(() => avro(schema, { registry: elsewhere }).prepare?.(use({ direction })))
      expect([lost.code, lost.message]).toEqual([
        'MILLRACE_CONFIG_INVALID',
        expect.stringContaining('answers as a registry does not'),
      ])
    }
  })

  it('takes a registry that is away while it decodes for an outage, never for a fault of the bytes', async () => {
    const { registry, use, dev } = await setupRegistry()
    const serde = avro(schema, { registry, register: 'start' })
    await serde.prepare?.(use())
    const bytes = await serde.encode(order, value)
    for (const fault of [{ status: 503 }, { status: 403 }, { status: 404 }, { close: true }] as const) {
      dev.fail(fault)
      const { code, error } = await failureOf(() => serde.decode(bytes, value))
      expect([code, isOutage(error)]).toEqual(['MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE', true])
    }
    expect({ ...(await serde.decode(bytes, value)) }).toEqual(order)
    await dev.down()
    expect({ ...(await serde.decode(bytes, value)) }).toEqual(order)
    expect(await failureOf(() => serde.decode(framed(9, bytes.subarray(5)), value))).toMatchObject({
      code: 'MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE',
    })
  })

  it('asks once for the schema of a burst of records, and for its own id when a burst is written without a start', async () => {
    const { registry, use, requests } = await setupRegistry()
    await avro(schema, { registry, register: 'start' }).prepare?.(use())
    requests.length = 0
    const serde = avro(schema, { registry })
    const bytes = await Promise.all(Array.from({ length: 20 }, async () => serde.encode(order, value)))
    const fresh = avro(schema, { registry: createSchemaRegistry({ url: registry.url }) })
    await Promise.all(bytes.map(async (one) => fresh.decode(one, value)))
    expect(requests.filter((one) => one.startsWith('GET /schemas'))).toHaveLength(1)
    expect(requests.filter((one) => one.startsWith('POST'))).toHaveLength(1)
  })

  it('moves to another registry when it is prepared for one', async () => {
    const one = await setupRegistry()
    const two = await setupRegistry()
    await avro('string', { registry: two.registry, register: 'start' }).prepare?.(two.use({ topic: 'first' }))
    const serde = avro(schema, { register: 'start' })
    await serde.prepare?.(one.use())
    expect((await serde.encode(order, value)).readInt32BE(1)).toBe(1)
    await serde.prepare?.(two.use())
    expect((await serde.encode(order, value)).readInt32BE(1)).toBe(2)
  })
})
