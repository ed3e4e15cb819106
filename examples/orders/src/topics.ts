import { avro } from '@millrace/schema-registry'
import { bytes, fromEnv, topic, utf8 } from 'millrace'
import { orderPlaced } from './order-placed.js'

export type { OrderPlaced } from './order-placed.js'

export const ordersTopic = fromEnv('ORDERS_TOPIC', 'orders.v1')
export const deadLetterTopic = fromEnv('ORDERS_DLQ_TOPIC', 'orders.dlq.v1')

/** Handlers and producers get their types from it. */
export const Orders = topic(ordersTopic, { key: utf8, value: avro(orderPlaced) })

/** Raw bytes: what could not be decoded is here as it came, records without a value too. */
export const DeadLetters = topic(deadLetterTopic, { key: bytes, value: bytes, tombstones: true })
