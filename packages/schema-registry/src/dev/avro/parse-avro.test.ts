import { describe, expect, test } from 'vitest'
import type { Json } from '../schemas/json-value.js'
import { InvalidSchema } from '../schemas/parsed-schema.js'
import { readAvro } from './read-avro.js'

const record = (...fields: readonly Json[]): Json => ({ type: 'record', name: 'Order', fields })
const field = (type: Json, standard?: Json): Json => ({
  name: 'value',
  type,
  ...(standard === undefined ? {} : { default: standard }),
})
const parse = (schema: Json) => readAvro(JSON.stringify(schema), [])

describe('an Avro schema is refused', () => {
  test.each<[string, Json]>([
    ['that is null', null],
    ['that is a number', 7],
    ['of an unknown type', { type: 'text' }],
    ['of an unknown name', 'Nobody'],
    ['without a type', { name: 'A' }],
    ['whose record has no fields', { type: 'record', name: 'A' }],
    ['whose record has no name', { type: 'record', fields: [] }],
    ['whose field has no type', record({ name: 'a' })],
    ['whose field is no object', record('a')],
    ['with a field twice', record(field('int'), field('string'))],
    ['with a bad field name', record({ name: 'a-b', type: 'int' })],
    ['with a bad type name', { type: 'record', name: '1st', fields: [] }],
    ['with a bad namespace', { type: 'record', name: 'A', namespace: 'a b', fields: [] }],
    ['named after a primitive', { type: 'record', name: 'string', fields: [] }],
    ['with a name twice', record(field({ type: 'record', name: 'Order', fields: [] }))],
    ['with a union in a union', [['null']]],
    ['with a branch twice', ['int', 'int']],
    [
      'with two lists in a union',
      [
        { type: 'array', items: 'int' },
        { type: 'array', items: 'string' },
      ],
    ],
    ['whose list has no items', { type: 'array' }],
    ['whose map has no values', { type: 'map' }],
    ['whose enum has no symbols', { type: 'enum', name: 'A' }],
    ['whose enum has a symbol twice', { type: 'enum', name: 'A', symbols: ['A', 'A'] }],
    ['whose enum has a bad symbol', { type: 'enum', name: 'A', symbols: ['a-b'] }],
    ['whose enum has a default that is no symbol', { type: 'enum', name: 'A', symbols: ['A'], default: 'B' }],
    ['whose fixed has no size', { type: 'fixed', name: 'A' }],
    ['whose fixed has a bad size', { type: 'fixed', name: 'A', size: -1 }],
    ['with a default of another type', record(field('int', 'seven'))],
    ['with a default for another branch than the first', record(field(['null', 'int'], 7))],
    ['with an int that is too large', record(field('int', 2 ** 31))],
    [
      'with a default that lacks a field',
      record(field({ type: 'record', name: 'A', fields: [{ name: 'a', type: 'int' }] }, {})),
    ],
    ['with a default with a bad item', record(field({ type: 'array', items: 'int' }, ['a']))],
    ['with a default with a bad value', record(field({ type: 'map', values: 'int' }, { a: 'a' }))],
    ['with aliases that are no list', { type: 'record', name: 'A', aliases: 'B', fields: [] }],
  ])('%s', (_what, schema) => {
    expect(() => parse(schema)).toThrow(InvalidSchema)
  })
})

describe('an Avro schema is accepted', () => {
  test.each<[string, Json]>([
    ['with the largest int', record(field('int', 2 ** 31 - 1))],
    ['with the smallest int', record(field('int', -(2 ** 31)))],
    ['with null as default of a nullable field', record(field(['null', 'int'], null))],
    ['with a default for bytes', record(field('bytes', '\u00ff'))],
    [
      'with a default of inner defaults',
      record(field({ type: 'record', name: 'A', fields: [{ name: 'a', type: 'int', default: 1 }] }, {})),
    ],
    ['with itself in a list', record(field({ type: 'array', items: 'Order' }))],
    [
      'with a type of no namespace inside one that has one',
      {
        type: 'record',
        name: 'a.Outer',
        fields: [
          field(['null', { type: 'record', name: 'Order', namespace: '', fields: [] }]),
          { name: 'other', type: 'Order' },
        ],
      },
    ],
    ['that is an error', { type: 'error', name: 'Failed', fields: [] }],
    ['with a NaN', record(field('double', 'NaN'))],
  ])('%s', (_what, schema) => {
    expect(parse(schema).type).toBe('AVRO')
  })

  test('as a bare name, in quotes or without', () => {
    expect(readAvro('string', []).canonical).toBe(readAvro('"string"', []).canonical)
  })

  test('with names of what it refers to, which it does not repeat', () => {
    const reference = {
      name: 'shop.Customer',
      text: JSON.stringify({ type: 'record', name: 'shop.Customer', fields: [] }),
    }
    const schema = { type: 'record', name: 'Order', namespace: 'shop', fields: [{ name: 'c', type: 'Customer' }] }
    expect(JSON.parse(readAvro(JSON.stringify(schema), [reference]).text)).toEqual(schema)
  })
})
