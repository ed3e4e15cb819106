import type { Invoice, LedgerEntry, OrderPlaced } from './topics.js'

// What the pipeline computes: pure, so the same order always has the same invoice and the same entries.

/** Percent. */
const taxRates: ReadonlyMap<string, number> = new Map([
  ['DE', 19],
  ['FR', 20],
  ['IE', 23],
  ['US', 0],
])

/** Undefined for an order that nobody here can tax. */
export function invoiceFor({ orderId, customerId, country, netCents }: OrderPlaced): Invoice | undefined {
  const rate = taxRates.get(country)
  if (rate === undefined) return undefined
  const taxCents = Math.round((netCents * rate) / 100)
  return { invoiceId: `INV-${orderId}`, orderId, customerId, netCents, taxCents, totalCents: netCents + taxCents }
}

/** Two entries, or three where there is tax. They add up to 0. */
export function entriesFor({ orderId, netCents, taxCents, totalCents }: Invoice): readonly LedgerEntry[] {
  const sides: readonly (readonly [LedgerEntry['account'], number])[] = [
    ['receivables', totalCents],
    ['revenue', -netCents],
    ...(taxCents === 0 ? [] : [['tax', -taxCents] as const]),
  ]
  return sides.map(([account, cents]) => ({ entryId: `${orderId}/${account}`, orderId, account, cents }))
}
