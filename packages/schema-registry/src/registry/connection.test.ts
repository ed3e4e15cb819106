import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isOutage } from '@millrace/core'
import { createManualClock } from '@millrace/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startSchemaRegistry } from '../dev/index.js'
import { failureOf, setupRegistry } from '../test-support/serde-bench.js'
import { createSchemaRegistry } from './create-schema-registry.js'
import type { SchemaText } from './registered-schema.js'

const text = (schema: unknown): SchemaText => ({ type: 'AVRO', text: JSON.stringify(schema), references: [] })
const order = text({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] })

describe('a connection to a registry', () => {
  it('asks once for an id, however many want it at the same time, and never again', async () => {
    const { registry, requests } = await setupRegistry()
    const registered = await registry.register('orders-value', order)
    const id = 'id' in registered ? registered.id : -1
    requests.length = 0
    const found = await Promise.all(Array.from({ length: 50 }, () => registry.schemaOf(id)))
    expect(new Set(found)).toEqual(new Set([found[0]]))
    expect(found[0]).toMatchObject({ type: 'AVRO', text: order.text, referenced: [] })
    await registry.schemaOf(id)
    expect(requests).toEqual([`GET /schemas/ids/${id}`])
  })

  it('does not ask for an unknown id again before its time is over', async () => {
    const clock = createManualClock()
    const { registry, requests } = await setupRegistry({ clock, unknownIdTtl: '10s' })
    expect(await registry.schemaOf(7)).toBeUndefined()
    await clock.advance('9s')
    expect(await registry.schemaOf(7)).toBeUndefined()
    expect(requests).toHaveLength(1)
    await clock.advance('2s')
    await registry.register('orders-value', order)
    await registry.schemaOf(7)
    expect(requests.filter((one) => one.startsWith('GET /schemas'))).toHaveLength(2)
  })

  it('keeps no more schemas than it may', async () => {
    const { registry, requests } = await setupRegistry({ maxSchemas: 1 })
    await registry.register('a-value', order)
    await registry.register('b-value', text('string'))
    requests.length = 0
    for (const id of [1, 2, 1]) await registry.schemaOf(id)
    expect(requests).toEqual(['GET /schemas/ids/1', 'GET /schemas/ids/2', 'GET /schemas/ids/1'])
  })

  it.each([
    ['is down', { close: true } as const],
    ['answers 500', { status: 500 }],
    ['has too many requests', { status: 429 }],
    ['forgets who we are', { status: 401 }],
  ])('says that the registry is away, as an outage, when it %s, and keeps nothing of it', async (_name, fault) => {
    const { registry, dev } = await setupRegistry()
    await registry.register('orders-value', order)
    dev.fail(fault)
    const { code, message, error } = await failureOf(() => registry.schemaOf(1))
    expect(code).toBe('MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE')
    expect(message).toContain(dev.url)
    expect(isOutage(error)).toBe(true)
    expect(await registry.schemaOf(1)).toMatchObject({ text: order.text })
  })

  it('takes a refused connection for an outage, which the client calls status 400', async () => {
    const { registry, dev } = await setupRegistry()
    await dev.down()
    const { code, message } = await failureOf(() => registry.schemaOf(1))
    expect(code).toBe('MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE')
    expect(message).toContain('ECONNREFUSED')
    await dev.up()
    expect(await registry.schemaOf(1)).toBeUndefined()
  })

  it('waits for an answer only so long', async () => {
    const clock = createManualClock()
    const arrived = Promise.withResolvers<void>()
    const server = createServer(() => arrived.resolve()).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const registry = createSchemaRegistry({ url: `http://127.0.0.1:${portOf(server)}`, timeout: '3s', clock })
    const asked = failureOf(() => registry.schemaOf(1))
    await arrived.promise
    await clock.advance('3s')
    expect((await asked).message).toContain('no answer within 3000 ms')
    expect(clock.timersWaiting).toBe(0)
  })

  it('ends with an answer that breaks off in its middle', async () => {
    const clock = createManualClock()
    const broken = Promise.withResolvers<void>()
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"schema":', () => {
        response.socket?.destroy()
        broken.resolve()
      })
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const registry = createSchemaRegistry({ url: `http://127.0.0.1:${portOf(server)}`, clock })
    const asked = failureOf(() => registry.schemaOf(1))
    await broken.promise
    await clock.advance('5s')
    expect((await asked).code).toBe('MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE')
  })

  it('lets go of a caller whose signal aborts, and of nobody else', async () => {
    const { registry, dev, requests } = await setupRegistry()
    await registry.register('orders-value', order)
    dev.fail({ delayMs: 20 })
    const given = new AbortController()
    const one = registry.schemaOf(1, given.signal)
    const other = registry.schemaOf(1)
    given.abort(new Error('stopping'))
    await expect(one).rejects.toThrow('stopping')
    expect(await other).toMatchObject({ text: order.text })
    expect(requests.filter((request) => request.startsWith('GET'))).toHaveLength(1)
  })

  it('finds where a schema stands, what is newest, and whether another one fits', async () => {
    const { registry } = await setupRegistry()
    expect(await registry.lookUp('orders-value', order)).toBeUndefined()
    expect(await registry.latest('orders-value')).toBeUndefined()
    expect(await registry.check('orders-value', order)).toEqual({ kind: 'compatible' })
    await registry.register('orders-value', order)
    expect(await registry.lookUp('orders-value', order)).toEqual({ id: 1, version: 1 })
    expect(await registry.latest('orders-value')).toMatchObject({ text: order.text })
    const other = text({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'int' }] })
    const verdict = await registry.check('orders-value', other)
    expect(verdict.kind === 'incompatible' && verdict.reasons.length).toBeGreaterThan(0)
    expect(await registry.register('orders-value', other)).toMatchObject({ kind: 'refused', status: 409 })
  })

  it('reads what a schema refers to, and what that refers to, once each and deepest first', async () => {
    const { registry, requests } = await setupRegistry()
    const city = text({ type: 'record', name: 'City', fields: [{ name: 'name', type: 'string' }] })
    const references = (name: string) => [{ name, subject: name, version: 1 }]
    const address: SchemaText = {
      ...text({ type: 'record', name: 'Address', fields: [{ name: 'city', type: 'City' }] }),
      references: references('City'),
    }
    const customer: SchemaText = {
      ...text({ type: 'record', name: 'Customer', fields: [{ name: 'home', type: 'Address' }] }),
      references: [...references('Address'), ...references('City')],
    }
    await registry.register('City', city)
    await registry.register('Address', address)
    await registry.register('customers-value', customer)
    requests.length = 0
    const found = await registry.schemaOf(3)
    expect(found?.referenced.map(({ name }) => name)).toEqual(['City', 'Address'])
    expect(requests.filter((one) => one.includes('/subjects/City/'))).toHaveLength(1)
  })

  it.each([
    ['credentials', { auth: { username: 'ann', password: 'se cret:/' } }],
    ['credentials in the address', {}],
  ])('sends %s, and never shows them', async (_name, options) => {
    const dev = await startSchemaRegistry({ auth: { username: 'ann', password: 'se cret:/' } })
    onTestFinished(() => dev.close())
    const bare = new URL(dev.url)
    if (!('auth' in options)) {
      bare.username = 'ann'
      bare.password = 'se cret:/'
    }
    const registry = createSchemaRegistry({ url: bare.href, ...options })
    expect(await registry.register('orders-value', order)).toEqual({ id: 1 })
    expect(registry.url).toBe(dev.url)
    await dev.down()
    const { error } = await failureOf(() => registry.schemaOf(9))
    expect(JSON.stringify(error) + String(error)).not.toMatch(/secret|se%20cret|ann:/)
    const wrong = createSchemaRegistry({ url: dev.url, auth: { username: 'ann', password: 'no' } })
    await dev.up()
    expect(await wrong.lookUp('orders-value', order)).toMatchObject({ kind: 'denied', status: 401 })
  })

  it('cuts a secret out of what a proxy echoes, and leaves schemas that hold the same word alone', async () => {
    const server = createServer((request, response) => {
      if (request.url?.endsWith('/1')) response.end('{"schema":"\\"string\\""}')
      else response.writeHead(500).end('{"message":"you sent string"}')
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const auth = { username: 'ann', password: 'string' }
    const registry = createSchemaRegistry({ url: `http://127.0.0.1:${portOf(server)}`, auth })
    expect(await registry.schemaOf(1)).toMatchObject({ text: '"string"' })
    expect((await failureOf(() => registry.schemaOf(2))).message).toContain('you sent ***')
  })

  it('asks for a token again at every request, and takes one that can not be had for an outage', async () => {
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.end('{"schema":"\\"string\\""}')
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const tokens = ['one', 'two']
    const token = async (): Promise<string> => {
      const next = tokens.shift()
      if (next === undefined) throw new Error('the token endpoint is away')
      return next
    }
    const registry = createSchemaRegistry({ url: `http://127.0.0.1:${portOf(server)}`, auth: { token } })
    await registry.schemaOf(1)
    await registry.schemaOf(2)
    expect(seen).toEqual(['Bearer one', 'Bearer two'])
    expect(await failureOf(() => registry.schemaOf(3))).toMatchObject({ code: 'MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE' })
  })

  it('refuses wrong options, all at once and without their values', async () => {
    const { code, message } = await failureOf(() =>
      createSchemaRegistry({
        url: 'kafka:9092?secret',
        maxSchemas: 0,
        timeout: 'secret' as '5s',
        auth: { token: 5 as unknown as string },
      }),
    )
    expect(code).toBe('MILLRACE_OPTIONS_INVALID')
    for (const name of ['url', 'maxSchemas', 'timeout', 'auth'])
      expect(message).toContain(`createSchemaRegistry: ${name}`)
    expect(message).not.toContain('secret')
  })
})

const portOf = (server: ReturnType<typeof createServer>): number => (server.address() as AddressInfo).port
