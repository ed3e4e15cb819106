import { fail } from '../millrace-error.js'
import type { Failure } from '../process/outcome.js'
import type { Position } from '../receive/record.js'
import type { OversizePolicy } from './letter-forms.js'
import type { Verdict } from './judge-failure.js'

export interface OversizeFacts extends Position {
  readonly deadLetterTopic: string
  /** Of the smallest form that was refused. */
  readonly bytes: number
}

/** What becomes of a record whose dead letter was refused in every form. Pure. Only a written `skip` lets go of it. */
export function judgeOversize(
  failure: Failure,
  facts: OversizeFacts,
  policy: OversizePolicy,
): Extract<Verdict, { kind: 'halt' | 'skip' }> {
  const error = fail('MILLRACE_SETTLE_DEAD_LETTER_TOO_LARGE', facts, { cause: failure.error })
  const because = { ...failure, error }
  return policy === 'skip'
    ? { kind: 'skip', failure: because, reason: 'oversize-dead-letter' }
    : { kind: 'halt', failure: because }
}
