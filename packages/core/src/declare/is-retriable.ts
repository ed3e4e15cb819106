import { DeadLetter } from './verdict.js'

/**
 * Whether a failure may be tried again. Never: `DeadLetter`, and errors whose own property `retriable` is false, which
 * decode, validation and encode errors of ours have. The handler's `retryIf` decides the rest. A `TypeError` is tried again: Node's
 * fetch throws it for network faults.
 */
export const createIsRetriable =
  (retryIf?: (error: unknown) => boolean) =>
  (error: unknown): boolean => {
    if (error instanceof DeadLetter || isMarkedFatal(error)) return false
    try {
      return retryIf === undefined || Boolean(retryIf(error))
    } catch {
      return true // a broken rule costs attempts, which are bounded; the failure itself is what gets reported
    }
  }

function isMarkedFatal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  try {
    return Object.hasOwn(error, 'retriable') && 'retriable' in error && error.retriable === false
  } catch {
    return false // a getter or proxy that throws marks nothing
  }
}
