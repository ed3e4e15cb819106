import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  bytes,
  Consumer,
  customRetry,
  defineConsumer,
  exponential,
  fixed,
  Handle,
  handle,
  json,
  type MessageContext,
  type Serde,
  topic,
  utf8,
} from '../index.js'

const OrderPlaced = z.object({
  orderId: z.string(),
  amount: z.number(),
  at: z.string().transform((at) => new Date(at)),
})
type OrderPlaced = z.output<typeof OrderPlaced>
const Payment = v.object({ id: v.string() })

const Orders = topic('orders.v1', { key: utf8, value: json(OrderPlaced) })
const Payments = topic('payments.v1', { key: bytes, value: json(Payment), tombstones: true })
const Anything = topic('anything.v1', { key: utf8, value: json() })

const keep = { deadLetter: true } as const

@Consumer({ group: 'right' })
class Right {
  constructor(readonly name: string) {}

  @Handle(Orders, keep)
  whole(_order: OrderPlaced, _context: MessageContext<string>): void {}

  @Handle(Orders, keep)
  async part(_order: { orderId: string; at: Date }): Promise<void> {}

  @Handle(Orders, keep)
  unknown(_order: unknown, _context: MessageContext): number {
    return 1
  }

  @Handle(Orders, keep)
  nothing(): void {}

  @Handle(Payments, keep)
  tombstone(_payment: { id: string } | null, _context: MessageContext<Buffer>): void {}

  @Handle(Anything, keep)
  @Handle(Orders, keep)
  several(_message: unknown): void {}
}

class Wrong {
  // @ts-expect-error a payload of another type
  @Handle(Orders, keep)
  payload(_order: { orderId: number }): void {}

  // @ts-expect-error a field that the schema does not have
  @Handle(Orders, keep)
  field(_order: OrderPlaced & { customerId: string }): void {}

  // @ts-expect-error the schema's input type: handlers receive its output
  @Handle(Orders, keep)
  input(_order: z.input<typeof OrderPlaced>): void {}

  // @ts-expect-error a key of another type
  @Handle(Orders, keep)
  key(_order: OrderPlaced, _context: MessageContext<number>): void {}

  // @ts-expect-error something that is not a context
  @Handle(Orders, keep)
  context(_order: OrderPlaced, _context: string): void {}

  // @ts-expect-error a third parameter that nobody passes
  @Handle(Orders, keep)
  third(_order: OrderPlaced, _context: MessageContext, _more: string): void {}

  // @ts-expect-error a declared tombstone that the method does not expect
  @Handle(Payments, keep)
  tombstone(_payment: { id: string }): void {}

  // @ts-expect-error JSON without a schema is unknown
  @Handle(Anything, keep)
  assumed(_message: { id: string }): void {}

  // @ts-expect-error a property is not a method
  @Handle(Orders, keep)
  property = 1

  // @ts-expect-error a misspelt option
  @Handle(Orders, { deadletter: true })
  option(_order: OrderPlaced): void {}

  // @ts-expect-error a duration without a unit
  @Handle(Orders, { deadLetter: true, timeout: '10' })
  duration(_order: OrderPlaced): void {}

  // @ts-expect-error false would say nothing
  @Handle(Orders, { deadLetter: false })
  noDeadLetter(_order: OrderPlaced): void {}

  // @ts-expect-error a value is never cut: a half of it would look like a whole one
  @Handle(Orders, { deadLetter: true, onOversize: 'truncate' })
  truncated(_order: OrderPlaced): void {}
}

describe('a topic', () => {
  it('carries the output type to handlers and the input type to producers', () => {
    expectTypeOf(Orders.value).toEqualTypeOf<Serde<OrderPlaced, z.input<typeof OrderPlaced>>>()
    expectTypeOf(Orders.key).toEqualTypeOf<Serde<string>>()
  })

  it('knows whether tombstones were declared', () => {
    expectTypeOf(Orders.tombstones).toEqualTypeOf<false>()
    expectTypeOf(Payments.tombstones).toEqualTypeOf<true>()
  })

  it('refuses a format that is no serde', () => {
    // @ts-expect-error a schema is not a serde: json(OrderPlaced) is
    topic('orders.v1', { key: utf8, value: OrderPlaced })
  })
})

describe('defineConsumer', () => {
  it('infers message and context from the topic', () => {
    defineConsumer({
      group: 'billing',
      handlers: [
        handle(Orders, keep, (order, context) => {
          expectTypeOf(order).toEqualTypeOf<OrderPlaced>()
          expectTypeOf(context).toEqualTypeOf<MessageContext<string>>()
        }),
        handle(Payments, keep, async (payment, { key }) => {
          expectTypeOf(payment).toEqualTypeOf<{ id: string } | null>()
          expectTypeOf(key).toEqualTypeOf<Buffer | null>()
        }),
      ],
    })
  })

  it('refuses wrong handlers', () => {
    // @ts-expect-error a payload of another type
    handle(Orders, keep, (_order: { orderId: number }) => {})
    // @ts-expect-error a key of another type
    handle(Orders, keep, (_order, _context: MessageContext<number>) => {})
    // @ts-expect-error a declared tombstone that the function does not expect
    handle(Payments, keep, (_payment: { id: string }) => {})
    // @ts-expect-error a consumer without a group
    defineConsumer({ handlers: [] })
    // @ts-expect-error bare functions have no topic
    defineConsumer({ group: 'billing', handlers: [() => {}] })
  })
})

describe('options', () => {
  it('take their own words, units included, and nothing else', () => {
    exponential({ attempts: 6, maxDelay: '1.5s', jitter: 'none' })
    customRetry(({ attempt }) => (attempt > 2 ? undefined : `${attempt * 2}s`))
    // @ts-expect-error a duration is text with a unit
    exponential({ maxDelay: 1500 })
    // @ts-expect-error not a unit
    fixed({ delay: '10S' })
    // @ts-expect-error not a choice
    exponential({ jitter: 'half' })
    // @ts-expect-error milliseconds without a unit
    customRetry(() => 200)
  })
})

describe('@Handle', () => {
  it('accepts the methods of Right and none of Wrong', () => {
    expectTypeOf<keyof Right>().toEqualTypeOf<
      'name' | 'whole' | 'part' | 'unknown' | 'nothing' | 'tombstone' | 'several'
    >()
    expectTypeOf<Wrong>().toBeObject()
  })
})
