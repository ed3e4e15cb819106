/** What the lane does next with its record. Everything but `again` and `halted` is final for this lease. */
export type Step =
  | { readonly kind: 'processed' | 'retried' | 'dead-lettered' | 'skipped' }
  /** The lease is over: its next owner will see this record again. */
  | { readonly kind: 'abandoned' }
  | { readonly kind: 'again'; readonly delayMs: number }
  | { readonly kind: 'halted' }
