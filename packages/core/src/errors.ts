import type { ErrorEntry } from './error-entry.js'
import { controlErrors } from './errors/control-errors.js'
import { driverErrors } from './errors/driver-errors.js'
import { produceErrors } from './errors/produce-errors.js'
import { recordErrors } from './errors/record-errors.js'
import { startErrors } from './errors/start-errors.js'
import { transactionErrors } from './errors/transaction-errors.js'

/** Every error that millrace itself raises. `docs/errors.md` is generated from this table and tested against it. */
export const errorCatalogue = {
  ...startErrors,
  ...recordErrors,
  ...driverErrors,
  ...controlErrors,
  ...produceErrors,
  ...transactionErrors,
} satisfies Record<string, ErrorEntry<never>>

export type ErrorCode = keyof typeof errorCatalogue
export type FactsOf<Code extends ErrorCode> = Parameters<(typeof errorCatalogue)[Code]['what']>[0]
