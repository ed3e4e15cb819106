import { bytes, defineConsumer, exponential, handle, topic, transform, utf8 } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import type { SimulatedRecord, SimulationOptions } from '@millrace/testing/simulate'

const Orders = topic('orders', { key: bytes, value: utf8 })
const Invoices = topic('invoices', { key: bytes, value: utf8 })
const settings = { retry: exponential({ attempts: 2 }), deadLetter: true } as const
const topics = { orders: 2, 'orders.g.dlq': 2, invoices: 2 }

/** One of twelve is poison; what becomes of each is known before. */
const records = Array.from({ length: 12 }, (_, index): SimulatedRecord => {
  const isBad = index === 4
  return {
    ...{ topic: 'orders', partition: index % 2, key: `k${index % 3}`, value: isBad ? 'bad' : `r${index}` },
    becomes: isBad ? 'dead-lettered' : 'processed',
  }
})

async function work(order: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5))
  if (order === 'bad') throw new Error(order)
}
const invoiceOf = (order: string): string => `invoice of ${order}`

/** Handlers: at least once, in the order of their partition. */
export const searchedHandlers: SimulationOptions = {
  ...{ topics, records },
  consumers: [defineConsumer({ group: 'g', handlers: [handle(Orders, settings, work)] })],
}

/** A pipeline: exactly once, dead letters among it. */
export const searchedPipeline: SimulationOptions = {
  ...{ topics, records },
  consumers: [
    defineConsumer({
      group: 'g',
      handlers: [
        transform(Orders, { ...settings, to: Invoices }, async (order) => {
          await work(order)
          return { value: invoiceOf(order) }
        }),
      ],
    }),
  ],
  outputs: ({ key, value }) => [{ topic: 'invoices', key: String(key), value: invoiceOf(String(value)) }],
}

/** With it they run on kafkajs, on simulated connections to an embedded broker. */
export const onKafkajs = {
  driver: (address: string) => createKafkajsDriver({ brokers: [address] }),
} satisfies Partial<SimulationOptions>
