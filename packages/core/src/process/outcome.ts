import type { FailureStage } from '../observe/events.js'
import type { OutgoingRecord } from '../produce/sender.js'

/** What happened in one attempt. What is done about it is decided in settle/. */
export type Outcome =
  /** With the encoded outputs of a transform. */
  | { readonly kind: 'succeeded'; readonly outputs?: readonly OutgoingRecord[] }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** The handler threw Skip. */
  | { readonly kind: 'declined'; readonly reason: string }
  /** The lease ended or the worker stopped before the attempt did. */
  | { readonly kind: 'interrupted' }

export interface Failure {
  readonly stage: FailureStage
  readonly error: Error
  /** Set when the handler threw RetryAfter. */
  readonly retryAfterMs?: number
  /** The handler threw DeadLetter: no further attempt, whatever the policy says. */
  readonly isFinal: boolean
}

export const succeeded: Outcome = { kind: 'succeeded' }
export const interrupted: Outcome = { kind: 'interrupted' }
