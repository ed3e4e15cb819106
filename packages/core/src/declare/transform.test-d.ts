import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  Consumer,
  defineConsumer,
  handle,
  json,
  type MessageContext,
  type Output,
  topic,
  Transform,
  transform,
  type TransformContext,
  utf8,
} from '../index.js'

const Order = z.object({ orderId: z.string(), amount: z.number() })
type Order = z.output<typeof Order>
const Invoice = z.object({ invoiceId: z.string(), at: z.string().transform((at) => new Date(at)) })
const Entry = z.object({ account: z.string(), cents: z.number() })

const Orders = topic('orders.v1', { key: utf8, value: json(Order) })
const Invoices = topic('invoices.v1', { key: utf8, value: json(Invoice) })
const Ledger = topic('ledger.v1', { key: json(z.number()), value: json(Entry), tombstones: true })
const Audit = topic('audit.v1', { key: utf8, value: json(z.object({ note: z.string() })) })

const one = { to: Invoices, deadLetter: true } as const
const two = { to: [Invoices, Ledger], deadLetter: true } as const
type Two = TransformContext<string, [typeof Invoices, typeof Ledger]>

const invoice = { invoiceId: 'i', at: '2026-01-01' }
const entry = { account: 'cash', cents: 1 }

@Consumer({ group: 'right' })
class Right {
  @Transform(Orders, one)
  output({ orderId }: Order) {
    return { key: orderId, value: invoice, headers: { a: 'b' }, partition: 1, timestamp: 5 }
  }

  @Transform(Orders, one)
  withoutKey(_order: Order, _context: MessageContext<string>) {
    return { value: invoice }
  }

  @Transform(Orders, one)
  async many(_order: Order): Promise<Output<typeof Invoices>[]> {
    return [{ value: invoice }, { key: null, value: invoice }]
  }

  @Transform(Orders, one)
  filter({ amount }: Order) {
    return amount > 5 ? { value: invoice } : undefined
  }

  @Transform(Orders, one)
  async *stream(_order: Order) {
    yield { value: invoice }
  }

  @Transform(Orders, one)
  produces(_order: Order, { produce }: TransformContext<string, typeof Invoices>): void {
    produce(Invoices, { key: 'k', value: invoice })
  }

  @Transform(Orders, two)
  async several(_order: Order, context: Two) {
    context.produce(Invoices, { value: invoice })
    context.produce(Ledger, { key: 5, value: entry })
    context.produce(Ledger, { value: null })
  }

  @Transform(Orders, two)
  oneOfSeveral(_order: Order, context: TransformContext<string, typeof Ledger>): void {
    context.produce(Ledger, { value: entry })
  }

  @Transform(Orders, two)
  neither(_order: Order, _context: TransformContext<string>): void {}
}

class Wrong {
  // @ts-expect-error a payload of another type
  @Transform(Orders, one)
  payload(_order: { orderId: number }) {
    return { value: invoice }
  }

  // @ts-expect-error an output of another type
  @Transform(Orders, one)
  output(_order: Order) {
    return { value: entry }
  }

  // @ts-expect-error the schema's output type: producers pass its input
  @Transform(Orders, one)
  outputType(_order: Order) {
    return { value: { ...invoice, at: new Date() } }
  }

  // @ts-expect-error one wrong among several
  @Transform(Orders, one)
  async many(_order: Order) {
    return [{ value: invoice }, { value: entry }]
  }

  // @ts-expect-error a wrong one from a stream
  @Transform(Orders, one)
  async *stream(_order: Order) {
    yield { value: entry }
  }

  // @ts-expect-error the value by itself
  @Transform(Orders, one)
  bare(_order: Order) {
    return invoice
  }

  // @ts-expect-error no value
  @Transform(Orders, one)
  empty(_order: Order) {
    return { key: 'k' }
  }

  // @ts-expect-error a tombstone that the sink does not declare
  @Transform(Orders, one)
  tombstone(_order: Order) {
    return { value: null }
  }

  // @ts-expect-error a key of another type
  @Transform(Orders, one)
  key(_order: Order) {
    return { key: 5, value: invoice }
  }

  // @ts-expect-error with several sinks a returned output has no destination
  @Transform(Orders, two)
  nowhere(_order: Order) {
    return { value: invoice }
  }

  // @ts-expect-error a context with a sink that was not declared
  @Transform(Orders, one)
  sinks(_order: Order, _context: Two): void {}

  // @ts-expect-error a source key of another type
  @Transform(Orders, one)
  sourceKey(_order: Order, _context: TransformContext<number, typeof Invoices>): void {}

  @Transform(Orders, two)
  produces(_order: Order, { produce }: Two): void {
    // @ts-expect-error a topic that is no sink
    produce(Audit, { value: { note: 'n' } })
    // @ts-expect-error the value of another sink
    produce(Invoices, { value: entry })
    // @ts-expect-error the key of another sink
    produce(Ledger, { key: 'k', value: entry })
    // @ts-expect-error a tombstone that this sink does not declare
    produce(Invoices, { value: null })
    // @ts-expect-error a misspelt field
    produce(Ledger, { value: entry, header: {} })
  }

  // @ts-expect-error no sink
  @Transform(Orders, { deadLetter: true })
  noSink(_order: Order): void {}

  // @ts-expect-error an empty list of sinks
  @Transform(Orders, { to: [], deadLetter: true })
  emptyList(_order: Order): void {}

  // @ts-expect-error outputs can not follow a record that is committed before
  @Transform(Orders, { ...one, delivery: 'at-most-once' })
  atMostOnce(_order: Order): void {}

  // @ts-expect-error a property is not a method
  @Transform(Orders, one)
  property = 1
}

describe('transform()', () => {
  it('infers message and context from its topics', () => {
    defineConsumer({
      group: 'invoicing',
      handlers: [
        handle(Audit, { deadLetter: true }, () => {}),
        transform(Orders, one, (order, context) => {
          expectTypeOf(order).toEqualTypeOf<Order>()
          expectTypeOf(context).toEqualTypeOf<TransformContext<string, typeof Invoices>>()
          return { key: order.orderId, value: { invoiceId: order.orderId, at: '2026-01-01' } }
        }),
        transform(Orders, { to: [Invoices, Ledger], onExhausted: 'halt', name: 'book' }, async (_order, context) => {
          context.produce(Ledger, { key: 1, value: entry })
        }),
        transform(Ledger, { to: Audit, deadLetter: true }, (booked) => {
          expectTypeOf(booked).toEqualTypeOf<z.output<typeof Entry> | null>()
          return booked === null ? [] : [{ value: { note: booked.account } }]
        }),
      ],
    })
  })

  it('refuses wrong transforms', () => {
    // @ts-expect-error a payload of another type
    transform(Orders, one, (_order: { orderId: number }) => null)
    // @ts-expect-error an output of another type
    transform(Orders, one, () => ({ value: entry }))
    // @ts-expect-error a tombstone that the sink does not declare
    transform(Orders, one, () => ({ value: null }))
    // @ts-expect-error with several sinks a returned output has no destination
    transform(Orders, two, () => ({ value: invoice }))
    // @ts-expect-error a topic that is no sink
    transform(Orders, two, (_order, { produce }) => produce(Audit, { value: { note: 'n' } }))
    // @ts-expect-error no sink
    transform(Orders, { deadLetter: true }, () => null)
  })
})

describe('an output', () => {
  it('takes what a producer of the sink takes, with an optional key', () => {
    expectTypeOf<Output<typeof Invoices>['value']>().toEqualTypeOf<z.input<typeof Invoice>>()
    expectTypeOf<Output<typeof Ledger>['value']>().toEqualTypeOf<z.input<typeof Entry> | null>()
    expectTypeOf<Output<typeof Ledger>['key']>().toEqualTypeOf<number | null | undefined>()
  })

  it('is accepted from the methods of Right and none of Wrong', () => {
    expectTypeOf<keyof Right>().toEqualTypeOf<
      'output' | 'withoutKey' | 'many' | 'filter' | 'stream' | 'produces' | 'several' | 'oneOfSeveral' | 'neither'
    >()
    expectTypeOf<Wrong>().toBeObject()
  })
})

describe('a sink that is one of two', () => {
  const isAudited = Date.now() > 0

  it('takes only what fits both', () => {
    const Copies = topic('copies.v1', { key: utf8, value: json(Invoice) })
    transform(Orders, { to: isAudited ? Invoices : Copies }, () => ({ value: invoice }))
    // @ts-expect-error an output of Audit may end up in Invoices
    transform(Orders, { to: isAudited ? Invoices : Audit }, () => ({ value: { note: 'x' } }))
    // @ts-expect-error and the other way round
    transform(Orders, { to: isAudited ? Invoices : Audit }, () => [{ value: invoice }])
    transform(Orders, { to: isAudited ? Invoices : Audit }, () => ({ value: { ...invoice, note: 'x' } }))
  })
})
