import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RegistryRequest } from './http/faults.js'
import { type SchemaRegistryOptions, startSchemaRegistry } from './start-schema-registry.js'
import { registryClient } from './test-support/registry-client.js'

async function setup(options: SchemaRegistryOptions = {}, headers: Record<string, string> = {}) {
  const registry = await startSchemaRegistry(options)
  onTestFinished(() => registry.close())
  return { registry, client: registryClient(registry.url, headers) }
}

const order = (...names: readonly string[]) => ({
  type: 'record',
  name: 'Order',
  fields: names.map((name) => ({ name, type: 'string', default: '' })),
})
const text = JSON.stringify
const bare = (name: string) => ({ schema: text(name) })

describe('a registry in process', () => {
  test('listens where it is told, and on any free port otherwise', async () => {
    const { registry: first } = await setup()
    const port = Number(new URL(first.url).port)
    await expect(startSchemaRegistry({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await first.close()
    const { registry: second } = await setup({ port })
    expect(second.url).toBe(`http://127.0.0.1:${port}`)
  })

  test('leaves no socket behind when it is closed, and can be closed twice or by `await using`', async () => {
    const { registry, client } = await setup()
    await client.get('/subjects')
    await registry.close()
    await registry.close()
    await registry[Symbol.asyncDispose]()
    await expect(client.get('/subjects')).rejects.toThrow('fetch failed')
    const probe = createServer().listen(Number(new URL(registry.url).port), '127.0.0.1')
    await once(probe, 'listening')
    probe.close()
  })

  test('shows what is registered: subjects, versions, references', async () => {
    const { registry, client } = await setup()
    const id = await client.register('orders-value', order('id'))
    await client.register('orders-value', order('id', 'note'))
    await client.register('gone', order('id'))
    await client.delete('/subjects/gone')
    expect([...registry.subjects.keys()]).toEqual(['orders-value'])
    expect(registry.subjects.get('orders-value')).toMatchObject([
      { version: 1, id, type: 'AVRO', schema: text(order('id')), references: [] },
      { version: 2, id: id + 1 },
    ])
  })

  test('begins with another level where one is given', async () => {
    const { client } = await setup({ compatibility: 'NONE' })
    await client.register('a', 'int')
    expect(await client.register('a', 'string')).toBe(2)
    expect(await client.get('/config')).toMatchObject({ body: { compatibilityLevel: 'NONE' } })
  })

  test('tells each request as it comes in', async () => {
    const seen: RegistryRequest[] = []
    const { client } = await setup({ onRequest: (request) => seen.push(request) })
    await client.get('/subjects?deleted=true')
    await client.post('/subjects/a/versions', bare('int'))
    expect(seen).toEqual([
      { method: 'GET', url: '/subjects?deleted=true' },
      { method: 'POST', url: '/subjects/a/versions' },
    ])
  })

  test('reads paths as they come: with a slash at the end, with a bare percent sign, with a name left out', async () => {
    const { client } = await setup()
    await client.register('b', 'int')
    await client.register('a', 'int')
    expect(await client.get('/subjects/')).toMatchObject({ body: ['a', 'b'] })
    expect(await client.get('/subjects/100%/versions')).toMatchObject({
      body: { error_code: 40401, message: "Subject '100%' not found." },
    })
    expect(await client.get('/subjects//versions')).toMatchObject({ body: { error_code: 404 } })
    expect(await client.get('/schemas/ids/one')).toMatchObject({ body: { error_code: 404 } })
    const { body } = await client.get('/subjects/a/versions/1')
    expect(body).not.toHaveProperty('schemaType')
    expect(body).not.toHaveProperty('references')
  })

  test('lets nobody in without the password, where it has one', async () => {
    const auth = { username: 'mill', password: 'race' }
    const { registry, client } = await setup({ auth })
    const denied = await client.get('/subjects')
    expect(denied).toMatchObject({ status: 401, body: { error_code: 401, message: 'Unauthorized' } })
    expect(denied.headers.get('www-authenticate')).toMatch(/^Basic /)
    const withPassword = (password: string) =>
      registryClient(registry.url, { authorization: `Basic ${Buffer.from(`mill:${password}`).toString('base64')}` })
    expect(await withPassword('wrong').get('/subjects')).toMatchObject({ status: 401 })
    expect(await withPassword('race').get('/subjects')).toMatchObject({ status: 200, body: [] })
  })
})

describe('faults', () => {
  test('answer with a status, as often as they are told, and do nothing of what was asked', async () => {
    const { registry, client } = await setup()
    registry.fail({ status: 503, times: 2 })
    expect(await client.post('/subjects/a/versions', bare('int'))).toMatchObject({
      status: 503,
      body: { error_code: 503 },
    })
    expect(await client.post('/subjects/a/versions', bare('int'))).toMatchObject({ status: 503 })
    expect(registry.subjects.size).toBe(0)
    expect(await client.post('/subjects/a/versions', bare('int'))).toMatchObject({ status: 200 })
  })

  test('end the connection', async () => {
    const { registry, client } = await setup()
    registry.fail({ close: true })
    await expect(client.get('/subjects')).rejects.toThrow('fetch failed')
    expect(await client.get('/subjects')).toMatchObject({ status: 200 })
  })

  test('answer late; a registry that is closed meanwhile does not wait for it', async () => {
    const seen: RegistryRequest[] = []
    const { registry, client } = await setup({ onRequest: (request) => seen.push(request) })
    registry.fail({ delayMs: 1 })
    expect(await client.get('/subjects')).toMatchObject({ status: 200 })
    registry.fail({ delayMs: 3_600_000 })
    const late = client.get('/subjects').catch((error: unknown) => error)
    await expect.poll(() => seen.length).toBe(2)
    await registry.close()
    expect(await late).toBeInstanceOf(TypeError)
  })

  test('strike the requests they are meant for, the older one first', async () => {
    const { registry, client } = await setup()
    registry.fail({ status: 500, on: ({ url }) => url.startsWith('/schemas/') })
    registry.fail({ status: 429, times: Number.POSITIVE_INFINITY, on: ({ url }) => url.startsWith('/schemas/') })
    expect(await client.get('/subjects')).toMatchObject({ status: 200 })
    expect(await client.get('/schemas/types')).toMatchObject({ status: 500 })
    expect(await client.get('/schemas/types')).toMatchObject({ status: 429 })
    registry.clearFaults()
    expect(await client.get('/schemas/types')).toMatchObject({ status: 200 })
  })

  test('down: nobody listens; up: what was registered is still there', async () => {
    const { registry, client } = await setup()
    await client.register('a', 'int')
    await registry.down()
    await registry.down()
    await expect(client.get('/subjects')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    await registry.up()
    await registry.up()
    expect(await client.get('/subjects')).toMatchObject({ body: ['a'] })
  })
})

describe('what only Confluent has', () => {
  test.each<
    [string, number, number, (client: ReturnType<typeof registryClient>) => Promise<{ status: number; body: unknown }>]
  >([
    ['an unknown path', 404, 404, (client) => client.get('/nothing')],
    ['another method', 405, 405, (client) => client.put('/subjects', {})],
    [
      'an unknown schema type',
      422,
      42201,
      (client) => client.post('/subjects/a/versions', { schema: '{}', schemaType: 'XML' }),
    ],
    ['an empty schema', 422, 42201, (client) => client.post('/subjects/a/versions', { schema: '' })],
    ['no body', 422, 42201, (client) => client.post('/subjects/a/versions', undefined)],
    [
      'a reference without a version',
      422,
      42201,
      (client) => client.post('/subjects/a/versions', { ...bare('int'), references: [{ name: 'b' }] }),
    ],
    [
      'a schema with an id of its own',
      422,
      42205,
      (client) => client.post('/subjects/a/versions', { ...bare('int'), id: 7 }),
    ],
    ['an unknown mode', 422, 42204, (client) => client.put('/mode', { mode: 'SIDEWARD' })],
    ['the mode of a subject that has none', 404, 40409, (client) => client.get('/mode/a')],
    ['to take back a level that is not there', 404, 40401, (client) => client.delete('/config/a')],
  ])('it refuses %s', async (_what, status, code, ask) => {
    const { client } = await setup()
    expect(await ask(client)).toMatchObject({ status, body: { error_code: code } })
  })

  test('it refuses what is no JSON, in another media type, or too large', async () => {
    const { registry } = await setup()
    const post = async (type: string, body: string) => {
      const headers = { 'content-type': type }
      const answer = await fetch(`${registry.url}/subjects/a/versions`, { method: 'POST', headers, body })
      await answer.text()
      return [answer.status, answer.headers.get('connection')]
    }
    expect(await post('application/json', '{')).toEqual([400, 'keep-alive'])
    expect(await post('text/plain', '{}')).toEqual([415, 'close'])
    expect(await post('application/vnd.schemaregistry.v1+json; charset=utf-8', text(bare('int')))).toEqual([
      200,
      'keep-alive',
    ])
    expect(await post('application/json', text({ schema: 'x'.repeat(9_000_000) }))).toEqual([413, 'close'])
  })

  test('a subject that is read-only takes nothing and loses nothing', async () => {
    const { client } = await setup()
    await client.register('a', 'int')
    await client.put('/mode/a', { mode: 'READONLY' })
    expect(await client.get('/mode/a')).toMatchObject({ body: { mode: 'READONLY' } })
    const refusal = { status: 422, body: { error_code: 42205 } }
    expect(await client.post('/subjects/a/versions', bare('long'))).toMatchObject(refusal)
    expect(await client.delete('/subjects/a')).toMatchObject(refusal)
    expect(await client.post('/subjects/b/versions', bare('long'))).toMatchObject({ status: 200 })
    await client.delete('/mode/a')
    expect(await client.post('/subjects/a/versions', bare('long'))).toMatchObject({ status: 200 })
    await client.put('/mode', { mode: 'READONLY_OVERRIDE' })
    await client.put('/mode/c', { mode: 'READWRITE' })
    expect(await client.post('/subjects/c/versions', bare('long'))).toMatchObject(refusal)
  })

  test('mode IMPORT takes schemas with their ids and versions, and checks nothing', async () => {
    const { client } = await setup()
    await client.put('/mode', { mode: 'IMPORT' })
    expect(await client.register('a', 'int', { id: 100, version: 3 })).toBe(100)
    expect(await client.register('a', 'string', { id: 90, version: 1 })).toBe(90)
    expect(await client.register('a', 'boolean', { id: 91, version: 1 })).toBe(91)
    expect(await client.get('/subjects/a/versions')).toMatchObject({ body: [1, 3] })
    expect(await client.get('/subjects/a/versions/1')).toMatchObject({ body: { id: 91 } })
    await client.put('/mode', { mode: 'READWRITE' })
    expect(await client.register('b', 'long')).toBe(101)
  })

  test('a check names every version that it looked at in vain', async () => {
    const { client } = await setup({ compatibility: 'BACKWARD_TRANSITIVE' })
    await client.register('a', 'int')
    await client.register('a', 'long')
    const check = (path: string) => client.post(`/compatibility/subjects/a/versions${path}?verbose=true`, bare('float'))
    expect(await check('')).toMatchObject({ body: { is_compatible: true, messages: [] } })
    const { body } = await client.post('/compatibility/subjects/a/versions?verbose=true', bare('string'))
    expect(body).toEqual({
      is_compatible: false,
      messages: [
        expect.stringContaining("errorType:'TYPE_MISMATCH'"),
        '{oldSchemaVersion: 2}',
        `{oldSchema: '"long"'}`,
        "{compatibility: 'BACKWARD_TRANSITIVE'}",
      ],
    })
  })

  test('normalize=true takes another order of attributes for the same schema', async () => {
    const { client } = await setup()
    const schema = (properties: object) => ({ schemaType: 'JSON', schema: text({ type: 'object', properties }) })
    const [one, other] = [schema({ a: {}, b: {} }), schema({ b: {}, a: {} })]
    await client.post('/subjects/j/versions', one)
    expect(await client.post('/subjects/j', other)).toMatchObject({ status: 404 })
    expect(await client.post('/subjects/j?normalize=true', other)).toMatchObject({ body: { version: 1 } })
    expect(await client.post('/subjects/j/versions?normalize=true', other)).toMatchObject({ body: { id: 1 } })
    expect(await client.post('/subjects/j/versions', other)).toMatchObject({ body: { id: 2 } })
  })

  test('a reference stands for what it builds on itself too', async () => {
    const { client } = await setup()
    const record = (name: string, fields: readonly object[]) => ({ type: 'record', name, fields })
    await client.register('a', record('A', []))
    const toA = [{ name: 'A', subject: 'a', version: 1 }]
    await client.register('b', record('B', [{ name: 'a', type: 'A' }]), { references: toA })
    const toB = [{ name: 'B', subject: 'b', version: 1 }]
    const id = await client.register('c', record('C', [{ name: 'b', type: 'B' }]), { references: toB })
    expect(await client.get(`/schemas/ids/${id}`)).toMatchObject({ body: { references: toB } })
  })

  test('a reference may name the latest version by -1', async () => {
    const { client } = await setup()
    await client.register('customers', { type: 'record', name: 'Customer', fields: [] })
    await client.register('customers', { type: 'record', name: 'Customer', fields: [], aliases: ['Client'] })
    await client.put('/config', { compatibility: 'NONE' })
    await client.register('customers', { type: 'record', name: 'Buyer', fields: [] })
    const post = (items: string) =>
      client.post('/subjects/orders/versions', {
        schema: text({ type: 'array', items }),
        references: [{ name: items, subject: 'customers', version: -1 }],
      })
    expect(await post('Customer')).toMatchObject({ status: 422, body: { error_code: 42201 } })
    expect(await post('Buyer')).toMatchObject({ status: 200 })
  })

  test('a schema that others build on stays', async () => {
    const { client } = await setup()
    await client.register('customers', { type: 'record', name: 'Customer', fields: [] })
    const references = [{ name: 'Customer', subject: 'customers', version: 1 }]
    await client.register('orders', { type: 'array', items: 'Customer' }, { references })
    const refusal = { status: 422, body: { error_code: 42206 } }
    expect(await client.delete('/subjects/customers')).toMatchObject(refusal)
    expect(await client.delete('/subjects/customers/versions/1')).toMatchObject(refusal)
    await client.delete('/subjects/orders')
    expect(await client.delete('/subjects/customers')).toMatchObject({ status: 200 })
  })

  test('an id is forgotten with its last use, and a subject begins at 1 again', async () => {
    const { client } = await setup()
    const id = await client.register('a', 'int')
    await client.delete('/subjects/a/versions/1')
    expect(await client.delete('/subjects/a/versions/1')).toMatchObject({ status: 404, body: { error_code: 40406 } })
    expect(await client.get('/subjects/a/versions/1?deleted=true')).toMatchObject({ status: 200 })
    expect(await client.get(`/schemas/ids/${id}/versions?deleted=true`)).toMatchObject({
      body: [{ subject: 'a', version: 1 }],
    })
    await client.delete('/subjects/a/versions/1?permanent=true')
    expect(await client.get(`/schemas/ids/${id}`)).toMatchObject({ status: 404, body: { error_code: 40403 } })
    expect(await client.register('a', 'int')).toBe(id + 1)
    expect(await client.get('/subjects/a/versions')).toMatchObject({ body: [1] })
    expect(await client.delete('/subjects/a/versions/1?permanent=true')).toMatchObject({
      status: 404,
      body: { error_code: 40407 },
    })
  })

  test('the level of a subject goes with the subject', async () => {
    const { client } = await setup()
    await client.register('a', 'int')
    await client.put('/config/a', { compatibility: 'none' })
    expect(await client.get('/config/a')).toMatchObject({ body: { compatibilityLevel: 'NONE' } })
    await client.delete('/subjects/a')
    expect(await client.get('/config/a')).toMatchObject({ status: 404, body: { error_code: 40408 } })
  })

  test('the global level can be set and taken back', async () => {
    const { client } = await setup()
    await client.put('/config', { compatibility: 'FULL' })
    await client.register('a', order('id'))
    expect(await client.delete('/config')).toMatchObject({ body: { compatibilityLevel: 'FULL' } })
    expect(await client.get('/config')).toMatchObject({ body: { compatibilityLevel: 'BACKWARD' } })
  })

  test('a list of schemas, of all versions or the last, and the greatest id', async () => {
    const { client } = await setup()
    await client.register('a', 'int')
    await client.register('a', 'long')
    await client.register('b', 'string')
    expect(await client.get('/schemas')).toMatchObject({ body: [{ id: 1 }, { id: 2 }, { id: 3 }] })
    expect(await client.get('/schemas?subjectPrefix=a&latestOnly=true')).toMatchObject({
      body: [{ subject: 'a', version: 2 }],
    })
    expect(await client.get('/subjects?subjectPrefix=b')).toMatchObject({ body: ['b'] })
    expect(await client.get('/schemas/ids/1?fetchMaxId=true')).toMatchObject({ body: { maxId: 3 } })
  })

  test('a .proto file goes in and out as a descriptor too', async () => {
    const { client } = await setup()
    const schema = 'syntax = "proto3"; package shop; message Order { string id = 1; }'
    const id = await client.register('p', schema, { schemaType: 'PROTOBUF' })
    const { body } = await client.get(`/schemas/ids/${id}?format=serialized`)
    expect(body).toMatchObject({ schema: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/), schemaType: 'PROTOBUF' })
    expect(await client.post('/subjects/p', { ...Object(body) })).toMatchObject({ body: { id, schema } })
    expect(await client.post('/subjects/q/versions', { ...Object(body) })).toMatchObject({ body: { id } })
  })
})
