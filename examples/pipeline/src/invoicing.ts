import { Consumer, DeadLetter, fromEnv, Transform, type TransformContext } from 'millrace'
import { entriesFor, invoiceFor } from './bookkeeping.js'
import { deadLetterTopic, Invoices, LedgerEntries, type OrderPlaced, Orders } from './topics.js'

const sinks = [Invoices, LedgerEntries] as const

/**
 * Orders in, invoices and ledger entries out. The outputs of an order, or its dead letter, become visible together with the
 * commit of its offset, or not at all. Keys and timestamps are those of the order.
 */
@Consumer({ group: fromEnv('PIPELINE_GROUP', 'invoicing') })
export class Invoicing {
  @Transform(Orders, { to: sinks, deadLetter: deadLetterTopic })
  placed(order: OrderPlaced, ctx: TransformContext<string, typeof sinks>): void {
    const invoice = invoiceFor(order)
    if (invoice === undefined) throw new DeadLetter(`no tax rate for ${order.country}`)
    ctx.produce(Invoices, { value: invoice })
    for (const entry of entriesFor(invoice)) ctx.produce(LedgerEntries, { value: entry })
  }
}
