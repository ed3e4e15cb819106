import { fromEnv, json, topic, utf8 } from 'millrace'
import * as z from 'zod'

/** Cents, so that sums are exact. */
const Cents = z.int()

export const OrderPlaced = z.object({
  orderId: z.string().min(1).max(64),
  customerId: z.string().min(1).max(64),
  /** ISO 3166: it decides the tax. */
  country: z.string().length(2),
  netCents: Cents.positive(),
})
export type OrderPlaced = z.infer<typeof OrderPlaced>

export const Invoice = z.object({
  invoiceId: z.string(),
  orderId: z.string(),
  customerId: z.string(),
  netCents: Cents,
  taxCents: Cents,
  totalCents: Cents,
})
export type Invoice = z.infer<typeof Invoice>

/** One side of a booking. All entries of an order add up to 0. */
export const LedgerEntry = z.object({
  entryId: z.string(),
  orderId: z.string(),
  account: z.enum(['receivables', 'revenue', 'tax']),
  cents: Cents,
})
export type LedgerEntry = z.infer<typeof LedgerEntry>

/** The key of all of them is the customer, so everything of one customer is in one partition, in its order. */
export const Orders = topic(fromEnv('PIPELINE_ORDERS_TOPIC', 'shop.orders.v1'), { key: utf8, value: json(OrderPlaced) })
export const Invoices = topic(fromEnv('PIPELINE_INVOICES_TOPIC', 'shop.invoices.v1'), {
  key: utf8,
  value: json(Invoice),
})
export const LedgerEntries = topic(fromEnv('PIPELINE_LEDGER_TOPIC', 'shop.ledger.v1'), {
  key: utf8,
  value: json(LedgerEntry),
})
export const deadLetterTopic = fromEnv('PIPELINE_DLQ_TOPIC', 'shop.orders.dlq.v1')
