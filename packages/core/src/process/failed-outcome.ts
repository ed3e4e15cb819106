import { DeadLetter, RetryAfter, Skip } from '../declare/verdict.js'
import { isMillraceError } from '../millrace-error.js'
import type { FailureStage } from '../observe/events.js'
import { errorFrom } from '../observe/thrown.js'
import { parseDuration } from '../option-kinds.js'
import type { Outcome } from './outcome.js'

/** The wait where RetryAfter names none: a typing error must not turn into attempts without a pause. */
const fallbackMs = 1_000

/** Reads what was thrown: a verdict of the handler, or a failure of its stage. */
export function failedOutcome(thrown: unknown, stage: FailureStage): Outcome {
  const error = errorFrom(thrown) // first of all: what was thrown may resist even `instanceof`
  if (error instanceof Skip) return { kind: 'declined', reason: error.reason }
  if (error instanceof RetryAfter) {
    const retryAfterMs = parseDuration(error.delay) ?? fallbackMs
    return { kind: 'failed', failure: { stage, error, retryAfterMs, isFinal: false } }
  }
  const at = isMillraceError(error, 'MILLRACE_VALIDATE_FAILED') && stage === 'decode' ? 'validate' : stage
  return { kind: 'failed', failure: { stage: at, error, isFinal: error instanceof DeadLetter } }
}
