import { entriesFor, invoiceFor } from '@millrace-examples/pipeline/bookkeeping'
import type { Invoice, LedgerEntry, OrderPlaced } from '@millrace-examples/pipeline/topics'
import type { FixtureRecord } from '@millrace/testing'

/** A record of the stream, and what the pipeline has to make of it. */
export interface StreamedOrder {
  readonly record: FixtureRecord & { readonly key: string }
  /** Undefined for a poison record: it has no outputs, and has to be a dead letter. */
  readonly invoice: Invoice | undefined
  readonly entries: readonly LedgerEntry[]
}

const customers = 48
const countries = ['DE', 'FR', 'IE', 'US']
/** One record of so many is poison. */
const poisonEvery = 160

/** The orders of the demo, the same in every run: of 2,000, 12 are poison. */
export const streamOrders = (count: number): readonly StreamedOrder[] =>
  Array.from({ length: count }, (_, index) => {
    const poison =
      index % poisonEvery === poisonEvery / 2 ? poisons[Math.floor(index / poisonEvery) % poisons.length] : undefined
    const customerId = `customer-${(index * 7) % customers}`
    const order: OrderPlaced = {
      orderId: `SHOP-${String(index + 1).padStart(6, '0')}`,
      customerId,
      country: countries[index % countries.length] ?? 'DE',
      netCents: 1000 + ((index * 37) % 9000),
    }
    if (poison !== undefined)
      return { record: { key: customerId, value: poison(order) }, invoice: undefined, entries: [] }
    const invoice = invoiceFor(order)
    const record = { key: customerId, value: JSON.stringify(order) }
    return { record, invoice, entries: invoice === undefined ? [] : entriesFor(invoice) }
  })

/** No JSON, an order that breaks the contract, and one that the handler gives up. */
const poisons: readonly ((order: OrderPlaced) => string | Uint8Array)[] = [
  () => Uint8Array.of(0xff, 0xfe, 0x00, 0x80),
  (order) => JSON.stringify({ ...order, netCents: -1 }),
  (order) => JSON.stringify({ ...order, country: 'ZZ' }),
]
