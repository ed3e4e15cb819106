import { defineConsumer, handle, topic, transform, utf8 } from '@millrace/core'
import { testWorker } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { avro, createSchemaRegistry } from './index.js'
import { failureOf, framed, setupRegistry } from './test-support/serde-bench.js'

/** What Debezium writes for a row: before and after, and a tombstone behind a delete. */
const row = { type: 'record', name: 'Row', fields: [{ name: 'id', type: 'string' }] } as const
const change = {
  type: 'record',
  name: 'Envelope',
  namespace: 'dbz.shop.orders',
  fields: [
    { name: 'before', type: ['null', row], default: null },
    { name: 'after', type: ['null', 'Row'], default: null },
    { name: 'op', type: 'string' },
  ],
} as const

async function setup() {
  const world = await setupRegistry()
  const env = { SCHEMA_REGISTRY_URL: world.dev.url, SCHEMA_REGISTRY_REGISTER: 'start' }
  const Changes = topic('shop.orders', { key: utf8, value: avro(change), tombstones: true })
  const seen: unknown[] = []
  const consumer = defineConsumer({
    group: 'copy',
    handlers: [handle(Changes, { deadLetter: true }, (message) => void seen.push(message && { ...message }.op))],
  })
  await world.registry.register('shop.orders-value', { type: 'AVRO', text: JSON.stringify(change), references: [] })
  return { ...world, env, Changes, seen, consumer }
}

describe('a worker whose topics have schemas', () => {
  it('hands tombstones of a change stream to the handler as null, and the schema never sees them', async () => {
    const { env, Changes, seen, consumer, requests } = await setup()
    await using world = await testWorker({ consumers: [consumer], env })
    await world.send(Changes, { key: 'o-1', value: { after: { id: 'o-1' }, op: 'c' } })
    await world.send(Changes, { key: 'o-1', value: { before: { id: 'o-1' }, op: 'd' } })
    await world.send(Changes, { key: 'o-1', value: null })
    await world.settled()
    expect(seen).toEqual(['c', 'd', null])
    expect(world.deadLetters).toEqual([])
    // One look at the newest schema at the start, one at the schema of the records.
    expect(requests.filter((one) => one.startsWith('GET'))).toEqual([
      'GET /subjects/shop.orders-value/versions/latest',
      'GET /schemas/ids/1',
    ])
  })

  it('keeps records that need the registry while it is away: none is dead-lettered, and none is lost', async () => {
    const { env, dev, Changes, seen, consumer, registry } = await setup()
    const writer = avro(change, { registry, register: 'start' })
    const bytes = await writer.encode({ op: 'c' }, { topic: Changes.name as string, part: 'value' })
    await using world = await testWorker({ consumers: [consumer], env })
    await dev.down()
    for (let count = 0; count < 3; count++) world.sendRaw(Changes, { key: null, value: bytes })
    await world.settled()
    await world.advance('10m')
    expect([seen, world.deadLetters]).toEqual([[], []])
    await dev.up()
    await expect
      .poll(async () => {
        await world.advance('30s')
        return seen
      })
      .toEqual(['c', 'c', 'c'])
    expect(world.deadLetters).toEqual([])
  })

  it('dead-letters at once what names a schema that nobody knows, or is not framed at all', async () => {
    const { env, Changes, seen, consumer } = await setup()
    await using world = await testWorker({ consumers: [consumer], env })
    world.sendRaw(Changes, { key: null, value: framed(77, Buffer.from([0, 0, 2, 0x63])) })
    world.sendRaw(Changes, { key: null, value: Buffer.from('{"op":"c"}') })
    await world.settled()
    expect(world.deadLetters.map(({ headers }) => headers.get('error-code'))).toEqual([
      'MILLRACE_DECODE_FAILED',
      'MILLRACE_DECODE_FAILED',
    ])
    expect(seen).toEqual([])
  })

  it('does not start when a sink has a schema that is not registered', async () => {
    const { Changes, dev } = await setup()
    const Copies = topic('copies', { key: utf8, value: avro('string') })
    const copying = defineConsumer({
      group: 'copying',
      handlers: [transform(Changes, { to: Copies, deadLetter: true }, () => ({ value: 'x' }))],
    })
    const env = { SCHEMA_REGISTRY_URL: dev.url }
    const { code, message } = await failureOf(() => testWorker({ consumers: [copying], env }))
    expect([code, message]).toEqual(['MILLRACE_SCHEMA_INVALID', expect.stringContaining('"copies-value"')])
  })

  it('does not start without the address of the registry', async () => {
    const { consumer } = await setup()
    expect(await failureOf(() => testWorker({ consumers: [consumer], env: {} }))).toMatchObject({
      code: 'MILLRACE_CONFIG_INVALID',
    })
    expect(createSchemaRegistry({ url: 'http://localhost:1' }).url).toBe('http://localhost:1')
  })
})
