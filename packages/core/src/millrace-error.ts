import type { ErrorEntry } from './error-entry.js'
import { type ErrorCode, errorCatalogue, type FactsOf } from './errors.js'

/** An error of the catalogue. Match on `code`, never on the message. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError'

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly why: string,
    readonly todo: string,
    /** Whether trying the same thing again can help. */
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

const rows: { readonly [Code in ErrorCode]: ErrorEntry<FactsOf<Code>> } = errorCatalogue

/** Builds the error of a code: `throw fail('MILLRACE_...', facts, { cause })`. The one way to make a MillraceError. */
export function fail<Code extends ErrorCode>(code: Code, facts: FactsOf<Code>, options?: ErrorOptions): MillraceError {
  const { what, why, todo, retriable } = rows[code]
  return new MillraceError(code, what(facts), why, todo, retriable, options)
}

/** Whether something thrown is the catalogue's error of that code. */
export const isMillraceError = (thrown: unknown, code?: ErrorCode): thrown is MillraceError =>
  thrown instanceof MillraceError && (code === undefined || thrown.code === code)
