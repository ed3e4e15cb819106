import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../schemas/json-value.js'
import { anySchema } from '../test-support/avro-arbitraries.js'
import { avroDifferences } from './avro-differences.js'
import { createAvroNames } from './avro-names.js'
import type { AvroType } from './avro-type.js'
import { parseAvro } from './parse-avro.js'
import { readAvro } from './read-avro.js'

const parse = (schema: Json): AvroType => parseAvro(schema, createAvroNames())

const canResolve = (reader: Json, writer: Json): boolean => {
  const typeOf = (schema: Json) => avsc.Type.forSchema(JSON.parse(JSON.stringify(schema)), { wrapUnions: true })
  try {
    typeOf(reader).createResolver(typeOf(writer))
    return true
  } catch {
    return false
  }
}

describe('differences between Avro schemas', () => {
  test('are none between a schema and itself', () => {
    fc.assert(fc.property(anySchema, (schema) => avroDifferences(parse(schema), parse(schema)).length === 0))
  })

  test('are there exactly where another implementation finds no resolver', () => {
    fc.assert(
      fc.property(anySchema, anySchema, (reader, writer) => {
        expect(avroDifferences(parse(reader), parse(writer)).length === 0).toBe(canResolve(reader, writer))
      }),
      { numRuns: 1000 },
    )
  })

  test('say where they are', () => {
    const record = (type: Json): Json => ({ type: 'record', name: 'Order', fields: [{ name: 'lines', type }] })
    const [found] = avroDifferences(
      parse(record({ type: 'array', items: 'int' })),
      parse(record({ type: 'array', items: 'string' })),
    )
    expect(found).toEqual({
      kind: 'TYPE_MISMATCH',
      path: '/fields/0/type/items',
      description: "the reader's int does not read the writer's string",
    })
  })

  test('are told for each use of a type', () => {
    const twice = (type: string): Json => ({
      type: 'record',
      name: 'Order',
      fields: [
        { name: 'a', type: { type: 'record', name: 'Inner', fields: [{ name: 'value', type }] } },
        { name: 'b', type: 'Inner' },
      ],
    })
    expect(avroDifferences(parse(twice('int')), parse(twice('string')))).toHaveLength(2)
  })

  test('are found in a record beside one that is inside itself', () => {
    const tree = (leaf: string): Json => ({
      type: 'record',
      name: 'Tree',
      fields: [
        { name: 'left', type: ['null', 'Tree'] },
        { name: 'leaf', type: leaf },
      ],
    })
    expect(avroDifferences(parse(tree('int')), parse(tree('string')))).toHaveLength(1)
    expect(avroDifferences(parse(tree('long')), parse(tree('int')))).toEqual([])
  })
})

describe('the spelling of an Avro schema', () => {
  test('does not depend on how it came', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        const { canonical } = readAvro(JSON.stringify(schema), [])
        expect(readAvro(JSON.stringify(schema, null, 2), []).canonical).toBe(canonical)
        expect(readAvro(canonical, []).canonical).toBe(canonical)
      }),
    )
  })

  test.each([
    [
      'a name with its namespace',
      { type: 'record', name: 'shop.Order', fields: [] },
      { type: 'record', name: 'Order', namespace: 'shop', fields: [] },
    ],
    ['a type in braces', { type: 'string' }, 'string'],
    [
      'an order that is the usual one',
      { type: 'record', name: 'A', fields: [{ name: 'a', type: 'int', order: 'ascending' }] },
      { type: 'record', name: 'A', fields: [{ type: 'int', name: 'a' }] },
    ],
    [
      'attributes in another order',
      { fields: [], name: 'A', type: 'record' },
      { type: 'record', name: 'A', fields: [] },
    ],
  ])('is one for %s', (_what, one, other) => {
    expect(readAvro(JSON.stringify(one), []).canonical).toBe(readAvro(JSON.stringify(other), []).canonical)
  })

  test.each([
    ['a doc', { type: 'enum', name: 'A', symbols: ['A'], doc: 'x' }, { type: 'enum', name: 'A', symbols: ['A'] }],
    [
      'a default',
      { type: 'enum', name: 'A', symbols: ['A'], default: 'A' },
      { type: 'enum', name: 'A', symbols: ['A'] },
    ],
    ['a logical type', { type: 'long', logicalType: 'timestamp-millis' }, 'long'],
    ['an alias', { type: 'fixed', name: 'A', size: 1, aliases: ['B'] }, { type: 'fixed', name: 'A', size: 1 }],
    [
      'another order of records',
      { type: 'record', name: 'A', fields: [{ name: 'a', type: 'int', order: 'ignore' }] },
      { type: 'record', name: 'A', fields: [{ name: 'a', type: 'int' }] },
    ],
  ])('is another one for %s', (_what, one, other) => {
    expect(readAvro(JSON.stringify(one), []).canonical).not.toBe(readAvro(JSON.stringify(other), []).canonical)
  })

  test('writes a type out once, where it is used first, and its namespace where it changes', () => {
    const inner = { type: 'record', name: 'other.Inner', fields: [] }
    const schema = {
      type: 'record',
      name: 'shop.Order',
      fields: [
        { name: 'a', type: inner },
        { name: 'b', type: 'other.Inner' },
      ],
    }
    expect(JSON.parse(readAvro(JSON.stringify(schema), []).text)).toEqual({
      type: 'record',
      name: 'Order',
      namespace: 'shop',
      fields: [
        { name: 'a', type: { type: 'record', name: 'Inner', namespace: 'other', fields: [] } },
        { name: 'b', type: 'other.Inner' },
      ],
    })
  })
})
