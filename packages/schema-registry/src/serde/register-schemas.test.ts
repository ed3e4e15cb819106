import { bytes, fromEnv, topic, utf8 } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { avro } from '../avro/avro.js'
import { protobuf } from '../protobuf/protobuf.js'
import { failureOf, setupRegistry, value } from '../test-support/serde-bench.js'
import { registerSchemas } from './register-schemas.js'

const order = avro({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] })
const Orders = topic('orders', { key: avro('string'), value: order })
const Payments = topic(fromEnv('PAYMENTS', 'payments.v1'), {
  key: utf8,
  value: protobuf('syntax = "proto3"; message Payment {}'),
})

describe('registering schemas at deploy', () => {
  it('registers keys and values under the names that topics have in the cluster, and may run again', async () => {
    const { registry, dev } = await setupRegistry()
    const options = { registry, topicPrefix: 'test.', env: { PAYMENTS: 'payments' } }
    const registered = await registerSchemas([Orders, Payments, topic('raw', { key: bytes, value: bytes })], options)
    expect(registered).toEqual([
      { topic: 'test.orders', part: 'key', subject: 'test.orders-key', id: 1 },
      { topic: 'test.orders', part: 'value', subject: 'test.orders-value', id: 2 },
      { topic: 'test.payments', part: 'value', subject: 'test.payments-value', id: 3 },
    ])
    expect(await registerSchemas([Orders, Payments], options)).toEqual(registered)
    expect([...dev.subjects.values()].map((versions) => versions.length)).toEqual([1, 1, 1])
  })

  it('is what a worker that registers nothing itself needs before its start', async () => {
    const { dev, use } = await setupRegistry()
    const serde = avro({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] })
    expect((await failureOf(() => serde.prepare?.(use()))).code).toBe('MILLRACE_SCHEMA_INVALID')
    await registerSchemas([Orders], { env: { SCHEMA_REGISTRY_URL: dev.url } })
    await serde.prepare?.(use())
    expect((await serde.encode({ id: 'o-1' }, value)).readInt32BE(1)).toBe(2)
  })

  it('tells of every schema that is refused, and registers the others', async () => {
    const { registry, dev } = await setupRegistry()
    for (const subject of ['a-value', 'b-value']) {
      await registry.register(subject, { type: 'AVRO', text: '"int"', references: [] })
    }
    const named = (name: string) => topic(name, { key: utf8, value: order })
    const { error } = await failureOf(() => registerSchemas([named('a'), named('b'), named('c')], { registry }))
    expect(error).toBeInstanceOf(AggregateError)
    expect(error instanceof AggregateError && error.errors.map(String).join()).toMatch(/"a-value"[^]*"b-value"/)
    expect([...dev.subjects.keys()].toSorted()).toEqual(['a-value', 'b-value', 'c-value'])
    const { code } = await failureOf(() => registerSchemas([named('a')], { registry }))
    expect(code).toBe('MILLRACE_SCHEMA_INVALID')
  })

  it('stops where the registry is away', async () => {
    const { registry, dev } = await setupRegistry()
    await dev.down()
    expect((await failureOf(() => registerSchemas([Orders], { registry }))).code).toBe(
      'MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE',
    )
  })
})
