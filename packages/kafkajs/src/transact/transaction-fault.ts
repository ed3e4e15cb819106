import type { TransactionVerdict } from './transaction-errors.js'

export interface FaultFacts {
  readonly verdict: Exclude<TransactionVerdict, 'wait' | 'retry' | 'elsewhere'>
  /** Kafka's, where a broker said something; else 0. */
  readonly code?: number
  /** The broker may have done what it was asked for. */
  readonly isInDoubt?: boolean
  readonly cause?: unknown
}

/** What went wrong in a transaction, and what that means for it. Does not leave the driver: it becomes the `cause` of an error that does. */
export class TransactionFault extends Error {
  override readonly name = 'TransactionFault'
  readonly verdict: FaultFacts['verdict']
  readonly code: number
  readonly isInDoubt: boolean

  constructor(what: string, { verdict, code = 0, isInDoubt = false, cause }: FaultFacts) {
    super(what, cause === undefined ? {} : { cause })
    this.verdict = verdict
    this.code = code
    this.isInDoubt = isInDoubt
  }
}

export function toFault(error: unknown): TransactionFault {
  if (error instanceof TransactionFault) return error
  return new TransactionFault(error instanceof Error ? error.message : String(error), {
    verdict: 'rebuild',
    cause: error,
  })
}
