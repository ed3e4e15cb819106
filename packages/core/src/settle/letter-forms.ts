import type { HandlerPlan } from '../declare/plan.js'
import { type DeadLetter, shrunkForms, withoutValue } from './shrink-dead-letter.js'

/** What is done about a dead letter that its topic does not take in any lossless form. */
export type OversizePolicy = HandlerPlan['onOversize']

export interface SmallerForm {
  readonly letter: DeadLetter
  readonly as: 'shrunk' | 'without-value'
}

/** The forms in which a letter that was too large is sent, each smaller than the one before, as far as the policy allows. */
export function* smallerForms(letter: DeadLetter, onOversize: OversizePolicy): Generator<SmallerForm, undefined> {
  let smallest = letter
  for (const shrunk of shrunkForms(letter)) {
    smallest = shrunk
    yield { letter: shrunk, as: 'shrunk' }
  }
  const empty = onOversize === 'without-value' ? withoutValue(smallest) : undefined
  if (empty !== undefined) yield { letter: empty, as: 'without-value' }
}
