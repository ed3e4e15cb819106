/** What becomes of a record whose attempts are used up, or that can't be decoded. */
export type ExhaustionPlan =
  /** Written to this topic with its source in the headers, acknowledged, then committed. */
  | { readonly kind: 'dead-letter'; readonly topic: string }
  /** The lane stops at the record, readiness goes off, nothing is committed past it. */
  | { readonly kind: 'halt' }
  /** Logged and counted, then committed. Loses the record: only ever by an explicit word in the declaration. */
  | { readonly kind: 'skip' }
