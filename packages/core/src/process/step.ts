import type { OutgoingRecord } from '../produce/sender.js'

/** What the lane does next with its record. Everything but `again` and `halted` is final for this lease. */
export type Step =
  | {
      readonly kind: 'processed' | 'retried' | 'dead-lettered' | 'skipped'
      /** Set in a pipeline: the record is decided, and settled once these are stored. Its dead letter is one of them. */
      readonly outputs?: readonly OutgoingRecord[]
    }
  /** The lease is over: its next owner will see this record again. */
  | { readonly kind: 'abandoned' }
  /** `isHeld`: what it waits for is not its own fault, and no attempt is counted. */
  | { readonly kind: 'again'; readonly delayMs: number; readonly isHeld?: boolean }
  | { readonly kind: 'halted' }
