import { entriesFor } from './bookkeeping.js'
import type { Invoice, LedgerEntry } from './topics.js'

/** What a reader has seen of an order, by where it stands: to be given a record twice is not to find it twice. */
interface Page {
  readonly invoices: Map<string, Invoice>
  readonly entries: Map<string, LedgerEntry>
}

export interface BooksReport {
  /** Orders with one invoice and the entries that belong to it. */
  readonly complete: number
  /** Orders of which a part has not arrived yet: the topics are read one beside the other. */
  readonly open: number
  /** What can't become right any more: an invoice too many, an entry too many, another amount. */
  readonly wrong: readonly string[]
}

/** Checks invoices against ledger entries as they come, in any order. Remembers every order: a check, not a service. */
export class Books {
  readonly #pages = new Map<string, Page>()

  /** `place` is `ctx.id`: where the record stands. */
  addInvoice(invoice: Invoice, place: string): void {
    this.#pageOf(invoice.orderId).invoices.set(place, invoice)
  }

  addEntry(entry: LedgerEntry, place: string): void {
    this.#pageOf(entry.orderId).entries.set(place, entry)
  }

  report(): BooksReport {
    const judged = [...this.#pages].map(([orderId, page]) => judge(orderId, page))
    return {
      complete: judged.filter((one) => one === 'complete').length,
      open: judged.filter((one) => one === 'open').length,
      wrong: judged.filter((one) => one !== 'complete' && one !== 'open'),
    }
  }

  #pageOf(orderId: string): Page {
    const known = this.#pages.get(orderId) ?? { invoices: new Map(), entries: new Map() }
    this.#pages.set(orderId, known)
    return known
  }
}

/** `complete`, `open`, or what is wrong. */
function judge(orderId: string, { invoices, entries }: Page): string {
  const [invoice] = invoices.values()
  if (invoices.size > 1) return `${orderId} has ${invoices.size} invoices`
  if (invoice === undefined) return 'open'
  const expected = entriesFor(invoice)
  const found = [...entries.values()]
  const isExpected = ({ entryId, cents }: LedgerEntry): boolean =>
    expected.some((one) => one.entryId === entryId && one.cents === cents)
  const strange = found.find((entry) => !isExpected(entry))
  if (strange !== undefined)
    return `${orderId} has an entry of ${strange.cents} in ${strange.account} that is not of its invoice`
  if (new Set(found.map(({ entryId }) => entryId)).size < found.length) return `${orderId} has an entry twice`
  return found.length === expected.length ? 'complete' : 'open'
}
