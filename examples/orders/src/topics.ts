import { bytes, fromEnv, json, topic, utf8 } from 'millrace'
import * as z from 'zod'

/** The contract of the topic. Handlers and producers get their types from it. */
export const OrderPlaced = z.object({
  orderId: z.string().min(1).max(64),
  customerId: z.string().min(1).max(64),
  amount: z.number().positive(),
  /** ISO 8601. .NET writes seven digits of a second, and leaves the offset out for an unspecified kind. */
  timestampUtc: z.iso.datetime({ offset: true, local: true }),
})
export type OrderPlaced = z.infer<typeof OrderPlaced>

export const ordersTopic = fromEnv('ORDERS_TOPIC', 'orders.v1')
export const deadLetterTopic = fromEnv('ORDERS_DLQ_TOPIC', 'orders.dlq.v1')

export const Orders = topic(ordersTopic, { key: utf8, value: json(OrderPlaced) })

/** Raw bytes: what could not be decoded is here as it came, records without a value too. */
export const DeadLetters = topic(deadLetterTopic, { key: bytes, value: bytes, tombstones: true })
