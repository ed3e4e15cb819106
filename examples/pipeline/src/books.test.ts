import { expect, it } from 'vitest'
import { entriesFor, invoiceFor } from './bookkeeping.js'
import { Books } from './books.js'
import type { Invoice, LedgerEntry } from './topics.js'

const order = { orderId: 'O-1', customerId: 'C-1', country: 'DE', netCents: 1000 }
const invoice: Invoice = invoiceFor(order) ?? expect.fail('DE has a tax rate')
const [receivables, revenue, tax] = entriesFor(invoice)

/** The books after these records, each at a place of its own unless one is given. */
function booksWith(invoices: readonly Invoice[], entries: readonly (LedgerEntry | undefined)[]) {
  const books = new Books()
  invoices.forEach((one, index) => books.addInvoice(one, `invoices/0/${index}`))
  entries.forEach((one, index) => one !== undefined && books.addEntry(one, `ledger/0/${index}`))
  return books.report()
}

it('computes an invoice whose entries add up to 0, and none for a country that it does not know', () => {
  expect(invoice).toMatchObject({ invoiceId: 'INV-O-1', taxCents: 190, totalCents: 1190 })
  expect(entriesFor(invoice).reduce((sum, { cents }) => sum + cents, 0)).toBe(0)
  expect(entriesFor({ ...invoice, taxCents: 0, totalCents: 1000 })).toHaveLength(2)
  expect(invoiceFor({ ...order, country: 'XX' })).toBeUndefined()
})

it('calls an order complete when everything is there, in whatever order it came', () => {
  expect(booksWith([], [tax, revenue])).toEqual({ complete: 0, open: 1, wrong: [] })
  expect(booksWith([invoice], [tax, revenue])).toEqual({ complete: 0, open: 1, wrong: [] })
  expect(booksWith([invoice], [tax, revenue, receivables])).toEqual({ complete: 1, open: 0, wrong: [] })
})

it('does not take a record that it was given twice for two', () => {
  const books = new Books()
  for (const _time of [1, 2]) {
    books.addInvoice(invoice, 'invoices/0/0')
    for (const entry of entriesFor(invoice)) books.addEntry(entry, `ledger/0/${entry.account}`)
  }
  expect(books.report()).toEqual({ complete: 1, open: 0, wrong: [] })
})

it.each<[string, readonly Invoice[], readonly (LedgerEntry | undefined)[], RegExp]>([
  ['an invoice too many', [invoice, invoice], [], /has 2 invoices/],
  ['an entry too many', [invoice], [tax, revenue, receivables, tax], /has an entry twice/],
  ['an entry that hides a missing one', [invoice], [tax, revenue, tax], /has an entry twice/],
  ['another amount', [invoice], [tax && { ...tax, cents: -191 }], /-191 in tax/],
])('finds %s', (_seed, invoices, entries, wrong) => {
  expect(booksWith(invoices, entries)).toMatchObject({ complete: 0, wrong: [expect.stringMatching(wrong)] })
})
