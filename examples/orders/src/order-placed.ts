import type { AvroValue } from '@millrace/schema-registry'

/** What is in the topic: the contract with everybody who reads or writes it, whatever they are written in. */
export const orderPlaced = {
  type: 'record',
  name: 'OrderPlaced',
  namespace: 'millrace.examples.orders',
  fields: [
    { name: 'orderId', type: 'string' },
    { name: 'customerId', type: 'string' },
    { name: 'amount', type: 'double' },
    { name: 'timestampUtc', type: 'string', doc: 'ISO 8601, as the client wrote it.' },
  ],
} as const

export type OrderPlaced = AvroValue<typeof orderPlaced, 'out'>
