import type { SerdeContext } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { avro, jsonSchema, protobuf } from './index.js'
import type { SchemaSerde } from './serde/schema-serde.js'
import { confluentAvro, confluentJson, confluentProtobuf, javaAvro } from './test-support/foreign-bytes.js'
import { registryOfOne } from './test-support/registry-of-one.js'

const value: SerdeContext = { topic: 'orders', part: 'value' }
const plain = (read: unknown): unknown => JSON.parse(JSON.stringify(read))
const hexOf = async (bytes: Buffer | Promise<Buffer>): Promise<string> => (await bytes).toString('hex')
const from = (hex: string): Buffer => Buffer.from(hex, 'hex')

describe('bytes of others', () => {
  it("are read: Java's Avro behind the frame of KafkaAvroSerializer, and ours are the same", async () => {
    const text = JSON.stringify(javaAvro.schema)
    const serde = avro(javaAvro.schema, { registry: registryOfOne(javaAvro.id, { type: 'AVRO', text }) })
    expect(plain(await serde.decode(from(javaAvro.direct), value))).toEqual(plain(javaAvro.value))
    expect(plain(await serde.decode(from(javaAvro.blocking), value))).toEqual(plain(javaAvro.value))
    expect(await hexOf(serde.encode(javaAvro.value, value))).toBe(javaAvro.direct)
  })

  it('are read where a field of a block with its length is not wanted', async () => {
    const text = JSON.stringify(javaAvro.schema)
    const ours = avro(
      { type: 'record', name: 'acme.Order', fields: [{ name: 'raw', type: 'bytes' }] },
      { registry: registryOfOne(javaAvro.id, { type: 'AVRO', text }) },
    )
    for (const hex of [javaAvro.direct, javaAvro.blocking]) {
      expect({ ...(await ours.decode(from(hex), value)) }).toEqual({ raw: javaAvro.value.raw })
    }
  })

  it("are read: Confluent's Avro, and ours are the same", async () => {
    const text = JSON.stringify(confluentAvro.schema)
    const serde = avro(confluentAvro.schema, { registry: registryOfOne(confluentAvro.id, { type: 'AVRO', text }) })
    expect(plain(await serde.decode(from(confluentAvro.bytes), value))).toEqual(confluentAvro.value)
    expect(await hexOf(serde.encode(confluentAvro.value, value))).toBe(confluentAvro.bytes)
  })

  it("are read: Confluent's JSON Schema, and ours are the same", async () => {
    const text = JSON.stringify(confluentJson.schema)
    const serde = jsonSchema(confluentJson.schema, {
      registry: registryOfOne(confluentJson.id, { type: 'JSON', text }),
    })
    expect(await serde.decode(from(confluentJson.bytes), value)).toEqual(confluentJson.value)
    expect(await hexOf(serde.encode(confluentJson.value, value))).toBe(confluentJson.bytes)
  })

  it.each(confluentProtobuf.messages)(
    "are read: Confluent's Protobuf, %s, and ours are the same",
    async (name, hex, one) => {
      const registry = registryOfOne(confluentProtobuf.id, { type: 'PROTOBUF', text: confluentProtobuf.schema })
      const serde: SchemaSerde<object, object> = protobuf(confluentProtobuf.schema, name, { registry })
      expect(await serde.decode(from(hex), value)).toEqual(one)
      expect(await hexOf(serde.encode(one, value))).toBe(hex)
    },
  )
})
