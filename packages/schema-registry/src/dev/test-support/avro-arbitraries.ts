import fc from 'fast-check'
import type { Json } from '../schemas/json-value.js'

const names = ['alpha', 'beta', 'gamma', 'delta'] as const

/** Pairs of schemas without names: names resolve differently from library to library, all else is in Avro's specification. */
const { unnamed } = fc.letrec<{ unnamed: Json; list: Json; map: Json; union: Json; primitive: Json }>((tie) => ({
  primitive: fc.constantFrom('null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'),
  list: fc.record({ type: fc.constant('array'), items: tie('unnamed') }),
  map: fc.record({ type: fc.constant('map'), values: tie('unnamed') }),
  union: fc
    .uniqueArray(fc.constantFrom('null', 'boolean', 'int', 'string', 'bytes'), { minLength: 1, maxLength: 3 })
    .map((branches): Json => branches),
  unnamed: fc.oneof({ maxDepth: 2 }, tie('primitive'), tie('union'), tie('list'), tie('map')),
}))

const field = fc.record({ name: fc.constantFrom(...names), type: unnamed })

/** Records of one name, whose fields come and go. */
const recordSchema = fc
  .uniqueArray(field, { selector: ({ name }) => name, maxLength: 4 })
  .map((fields): Json => ({ type: 'record', name: 'Order', fields }))

/** An enum, with or without a default. */
const enumSchema = fc.tuple(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }), fc.boolean()).map(
  ([symbols, hasDefault]): Json => ({
    type: 'enum',
    name: 'Kind',
    symbols,
    ...(hasDefault ? { default: symbols[0] } : {}),
  }),
)

export const anySchema = fc.oneof(unnamed, recordSchema, enumSchema)
