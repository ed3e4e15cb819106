import { DeadLetter, RetryAfter, Skip } from '../declare/verdict.js'
import { isMillraceError } from '../millrace-error.js'
import type { FailureStage } from '../observe/events.js'
import { errorFrom } from '../observe/thrown.js'
import { toMs } from '../option-kinds.js'
import type { Outcome } from './outcome.js'

/** Reads what was thrown: a verdict of the handler, or a failure of its stage. */
export function failedOutcome(thrown: unknown, stage: FailureStage): Outcome {
  if (thrown instanceof Skip) return { kind: 'declined', reason: thrown.reason }
  const error = errorFrom(thrown)
  if (thrown instanceof RetryAfter) {
    return { kind: 'failed', failure: { stage, error, retryAfterMs: toMs(thrown.delay), isFinal: false } }
  }
  const at = isMillraceError(thrown, 'MILLRACE_VALIDATE_FAILED') && stage === 'decode' ? 'validate' : stage
  return { kind: 'failed', failure: { stage: at, error, isFinal: thrown instanceof DeadLetter } }
}
