import { describe, expectTypeOf, it } from 'vitest'
import type { Serde } from '@millrace/core'
import { jsonSchema } from './json-schema.js'

type OutOf<S> = S extends Serde<infer Out, infer _In> ? Out : never

describe('the types of a JSON Schema', () => {
  it('follow a literal: objects, required, enum, const, arrays, anyOf, $ref inside', () => {
    const order = jsonSchema({
      type: 'object',
      title: 'Order',
      $defs: { address: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
      properties: {
        orderId: { type: 'string' },
        version: { const: 2 },
        status: { enum: ['placed', 'paid', null] },
        amount: { type: 'number' },
        tags: { type: 'array', items: { type: 'string' } },
        note: { type: ['string', 'null'] },
        by: { anyOf: [{ type: 'integer' }, { type: 'boolean' }] },
        home: { $ref: '#/$defs/address' },
        more: { type: 'object', additionalProperties: { type: 'number' } },
      },
      required: ['orderId', 'version', 'status', 'home', 'other'],
    })
    expectTypeOf<OutOf<typeof order>>().toEqualTypeOf<{
      orderId: string
      version: 2
      status: 'placed' | 'paid' | null
      home: { city: string }
      other: unknown
      amount?: number
      tags?: string[]
      note?: string | null
      by?: number | boolean
      more?: { [key: string]: number }
    }>()
  })

  it('come back to themselves through $ref', () => {
    const tree = jsonSchema({
      type: 'object',
      properties: { value: { type: 'number' }, next: { $ref: '#' } },
      required: ['value'],
    })
    type Node = OutOf<typeof tree>
    expectTypeOf<NonNullable<NonNullable<Node['next']>['next']>['value']>().toEqualTypeOf<number>()
  })

  it('are declared for a text, and unknown for what says nothing', () => {
    const text: string = '{}'
    expectTypeOf(jsonSchema<{ id: string }>(text)).toExtend<Serde<{ id: string }>>()
    expectTypeOf<OutOf<ReturnType<typeof anything>>>().toEqualTypeOf<unknown>()
    function anything() {
      return jsonSchema(true)
    }
  })
})
