import { Consumer, fromEnv, Handle, inject, type MessageContext } from 'millrace'
import { Books } from './books.js'
import { type Invoice, Invoices, LedgerEntries, type LedgerEntry } from './topics.js'

/** Reads what the pipeline wrote. Every consumer is `read_committed`: what was aborted never gets here. */
@Consumer({ group: fromEnv('PIPELINE_AUDIT_GROUP', 'invoicing-audit') })
export class Audit {
  constructor(@inject(Books) private readonly books: Books) {}

  @Handle(Invoices, { onExhausted: 'halt' })
  invoice(invoice: Invoice, { id }: MessageContext<string>): void {
    this.books.addInvoice(invoice, id)
  }

  @Handle(LedgerEntries, { onExhausted: 'halt' })
  entry(entry: LedgerEntry, { id }: MessageContext<string>): void {
    this.books.addEntry(entry, id)
  }
}
