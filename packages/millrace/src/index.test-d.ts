import { expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import {
  type ClosableProducer,
  Consumer,
  Container,
  createProducer,
  createWorker,
  Handle,
  json,
  type MessageContext,
  type Producer,
  producerOf,
  topic,
  utf8,
  type Worker,
  type WorkerOptions,
} from './index.js'

const Order = z.object({ id: z.string(), amount: z.number() })
const Orders = topic('orders.v1', { key: utf8, value: json(Order) })

it('a producer takes what its topic says', () => {
  const orders = createProducer(Orders)
  expectTypeOf(orders).toEqualTypeOf<ClosableProducer<typeof Orders>>()
  expectTypeOf(orders).toExtend<Producer<typeof Orders>>()
  void orders.send({ key: 'a', value: { id: 'a', amount: 1 } })
  // @ts-expect-error the amount is a number
  void orders.send({ key: 'a', value: { id: 'a', amount: '1' } })
  // @ts-expect-error the key is text
  void orders.send({ key: 7, value: { id: 'a', amount: 1 } })
  // @ts-expect-error the topic declares no tombstones
  void orders.send({ key: 'a', value: null })
  const wrong = { key: 'a', value: { id: 'a' } }
  // @ts-expect-error one of them does not fit
  void orders.sendMany([{ key: 'a', value: { id: 'a', amount: 1 } }, wrong])
  const compacted = createProducer(topic('customers.v1', { key: utf8, value: json(Order), tombstones: true }))
  void compacted.send({ key: 'a', value: null })
  // @ts-expect-error a limit has a unit
  void orders.flush({ timeout: 10 })
})

it('a container gives the producer of the topic that was asked for', () => {
  expectTypeOf(new Container().get(producerOf(Orders))).toEqualTypeOf<Producer<typeof Orders>>()
  // @ts-expect-error a limit has a unit
  void producerOf(Orders, { linger: 5 })
})

it('a handler receives what its topic says', () => {
  @Consumer({ group: 'g' })
  class Handlers {
    @Handle(Orders, { deadLetter: true })
    right(order: z.infer<typeof Order>, ctx: MessageContext): void {
      expectTypeOf(ctx.offset).toEqualTypeOf<bigint>()
      expectTypeOf(order.amount).toEqualTypeOf<number>()
    }

    // @ts-expect-error the topic holds orders
    @Handle(Orders, { deadLetter: true })
    wrong(_order: { readonly id: number }): void {}
  }
  expectTypeOf(createWorker({ consumers: [Handlers] })).toEqualTypeOf<Worker>()
})

it('a worker takes only what it knows', () => {
  // @ts-expect-error a time limit has a unit
  const noUnit: WorkerOptions = { consumers: [], shutdownTimeout: 25 }
  // @ts-expect-error four protocols, and this is none
  const noProtocol: WorkerOptions = { consumers: [], kafka: { securityProtocol: 'TLS' } }
  expectTypeOf([noUnit, noProtocol]).items.toEqualTypeOf<WorkerOptions>()
})
