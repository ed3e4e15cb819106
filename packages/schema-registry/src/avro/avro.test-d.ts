import { describe, expectTypeOf, it } from 'vitest'
import { type Serde, topic, utf8 } from '@millrace/core'
import { avro } from './avro.js'

type OutOf<S> = S extends Serde<infer Out, infer _In> ? Out : never
type InOf<S> = S extends Serde<infer _Out, infer In> ? In : never

const order = avro({
  type: 'record',
  name: 'Order',
  namespace: 'acme',
  fields: [
    { name: 'orderId', type: 'string' },
    { name: 'amount', type: 'double' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['PLACED', 'PAID'] } },
    { name: 'before', type: 'Status' },
    { name: 'placedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'tags', type: { type: 'array', items: 'string' }, default: [] },
    { name: 'prices', type: { type: 'map', values: ['null', 'int'] } },
    { name: 'hash', type: { type: 'fixed', name: 'Md5', size: 16 } },
    { name: 'raw', type: 'bytes' },
    {
      name: 'home',
      type: { type: 'record', name: 'Address', namespace: 'acme.geo', fields: [{ name: 'city', type: 'string' }] },
    },
    { name: 'work', type: ['null', 'acme.geo.Address'] },
  ],
})

describe('the types of an Avro schema', () => {
  it('follow a literal: records, enums, arrays, maps, nullable unions, names that were defined before', () => {
    expectTypeOf<OutOf<typeof order>>().toEqualTypeOf<{
      orderId: string
      amount: number
      note: string | null
      status: 'PLACED' | 'PAID'
      before: 'PLACED' | 'PAID'
      placedAt: number
      tags: string[]
      prices: Record<string, number | null>
      hash: Buffer
      raw: Buffer
      home: { city: string }
      work: { city: string } | null
    }>()
  })

  it('leave fields with a default out where they are written, and let literals in', () => {
    type In = InOf<typeof order>
    expectTypeOf<In['tags']>().toEqualTypeOf<readonly string[] | undefined>()
    expectTypeOf<In['note']>().toEqualTypeOf<string | null | undefined>()
    expectTypeOf<In['orderId']>().toEqualTypeOf<string>()
    expectTypeOf<Required<In>>().not.toEqualTypeOf<In>()
  })

  it('name the branch of a union whose branches look alike', () => {
    const payment = avro({
      type: 'record',
      name: 'Payment',
      namespace: 'acme',
      fields: [
        {
          name: 'by',
          type: [
            'null',
            { type: 'record', name: 'Card', fields: [{ name: 'number', type: 'string' }] },
            { type: 'record', name: 'Cash', fields: [{ name: 'currency', type: 'string' }] },
          ],
        },
        { name: 'count', type: ['int', 'double'] },
        { name: 'either', type: ['string', 'int'] },
      ],
    })
    expectTypeOf<OutOf<typeof payment>>().toEqualTypeOf<{
      by: null | { 'acme.Card': { number: string } } | { 'acme.Cash': { currency: string } }
      count: { int: number } | { double: number }
      either: string | number
    }>()
  })

  it('come back to themselves in a schema that mentions itself', () => {
    const tree = avro({
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'value', type: 'int' },
        { name: 'next', type: ['null', 'Node'], default: null },
      ],
    })
    type Node = OutOf<typeof tree>
    expectTypeOf<NonNullable<NonNullable<Node['next']>['next']>['value']>().toEqualTypeOf<number>()
  })

  it('are those of the referenced serde where a name belongs to another subject', () => {
    const address = avro({ type: 'record', name: 'acme.Address', fields: [{ name: 'city', type: 'string' }] })
    const customer = avro(
      { type: 'record', name: 'acme.Customer', fields: [{ name: 'home', type: 'acme.Address' }] },
      { references: [{ name: 'acme.Address', subject: 'addresses', schema: address }] },
    )
    expectTypeOf<OutOf<typeof customer>>().toEqualTypeOf<{ home: { city: string } }>()
  })

  it('are primitive at the top level, declared for a text, and unknown for what is neither', () => {
    expectTypeOf<OutOf<ReturnType<typeof keys>>>().toEqualTypeOf<string>()
    const text: string = '{}'
    interface Order {
      readonly orderId: string
    }
    expectTypeOf(avro<Order>(text)).toExtend<Serde<Order>>()
    expectTypeOf<OutOf<ReturnType<typeof loose>>>().toEqualTypeOf<unknown>()
    function keys() {
      return avro('string')
    }
    function loose() {
      return avro(text)
    }
  })

  it('reach handlers and producers through the topic', () => {
    const Orders = topic('orders', { key: utf8, value: order })
    expectTypeOf<OutOf<(typeof Orders)['value']>['status']>().toEqualTypeOf<'PLACED' | 'PAID'>()
  })
})
