import { fail, isMillraceError } from '../millrace-error.js'
import type { Events, OversizeResolution } from '../observe/events.js'
import type { HandlerRuntime } from '../process/handler-runtime.js'
import type { Failure } from '../process/outcome.js'
import type { OutgoingRecord } from '../produce/sender.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { createDeadLetter } from '../settle/dead-letter.js'
import { judgeOversize } from '../settle/judge-oversize.js'
import { type SmallerForm, smallerForms } from '../settle/letter-forms.js'
import type { PipelineRules } from '../settle/pipeline-lease.js'
import { type Destinations, settle, settleWithout } from '../settle/settle.js'
import { bytesOf, type DeadLetter } from '../settle/shrink-dead-letter.js'
import { placeOfRecord } from './record-place.js'

/** A dead letter on its way: an output like others, until its transaction is committed. */
interface PendingLetter {
  readonly failure: Failure
  readonly topic: string
  /** As it was made at first. */
  readonly whole: DeadLetter
  /** What is tried when it is too large. */
  readonly forms: Iterator<SmallerForm, undefined>
  smallestBytes: number
  /** The refusal of the whole letter, and what it has become. */
  oversize?: { readonly error: Error; as: OversizeResolution }
  /** How often its topic did not take it. */
  tries: number
}

const resolutions = { halt: 'halted', skip: 'skipped' } as const

export interface PipelineRulesParts {
  readonly partition: LeaseHost
  readonly runtime: HandlerRuntime
  readonly events: Events
  /** What is done about records without a dead letter. */
  readonly to: Omit<Destinations, 'letterOf'>
}

/** The rules of one lease of a pipeline. Its dead letters are outputs, said when their transaction is committed. */
export function createPipelineRules({ partition, runtime, events, to }: PipelineRulesParts): {
  readonly rules: PipelineRules
  readonly destinations: Destinations
} {
  const { plan, clock, isOurTopic, tally } = runtime
  const letters = new Map<ReceivedRecord, PendingLetter>()
  const placeOf = (record: ReceivedRecord, { topic }: PendingLetter) => ({
    ...placeOfRecord(partition, plan.name, record),
    deadLetterTopic: topic,
  })

  function letterOf(record: ReceivedRecord, failure: Failure, topic: string): OutgoingRecord {
    const facts = { topic, handler: plan.name, failedAt: clock.wallNow(), withStack: plan.errorStack, isOurTopic }
    const whole = createDeadLetter(record, failure, facts)
    const forms = smallerForms(whole, plan.onOversize)
    letters.set(record, { failure, topic, whole, forms, smallestBytes: bytesOf(whole), tries: 0 })
    return whole
  }
  const destinations: Destinations = { ...to, letterOf }

  /** The next smaller form of a letter that was too large, or the policy for one that fits in none. */
  function shrink(record: ReceivedRecord, letter: PendingLetter, error: Error) {
    letter.oversize ??= { error, as: 'shrunk' }
    const next = letter.forms.next().value
    if (next !== undefined) {
      letter.oversize.as = next.as
      letter.smallestBytes = bytesOf(next.letter)
      return { kind: 'dead-lettered', outputs: [next.letter] } as const
    }
    letters.delete(record)
    const place = placeOf(record, letter)
    const verdict = judgeOversize(letter.failure, { ...place, bytes: letter.smallestBytes }, plan.onOversize)
    sayOversize(record, { ...letter, oversize: { error: letter.oversize.error, as: resolutions[verdict.kind] } })
    return settleWithout(verdict, record, destinations)
  }

  function sayOversize(record: ReceivedRecord, letter: PendingLetter): void {
    if (letter.oversize === undefined) return
    const { error, as: resolution } = letter.oversize
    const bytes = bytesOf(letter.whole)
    events.emit({ name: 'dead-letter.oversize', ...placeOf(record, letter), bytes, error, resolution })
  }

  const rules: PipelineRules = {
    afterRefusal({ record }, error) {
      const letter = letters.get(record)
      if (letter === undefined)
        return settle({ kind: 'failed', failure: { stage: 'handle', error, isFinal: true } }, record, destinations)
      // A letter that is refused for anything but its size has no other form: its topic has to change.
      return isMillraceError(error, 'MILLRACE_PRODUCE_TOO_LARGE')
        ? shrink(record, letter, error)
        : { kind: 'again', delayMs: 0 }
    },
    failing({ record }, error, tries, delayMs) {
      const letter = letters.get(record)
      if (letter === undefined) return
      letter.tries = tries
      tally.deadLetterFailures += 1
      const failure = fail('MILLRACE_SETTLE_DEAD_LETTER_FAILED', { topic: letter.topic, tries }, { cause: error })
      events.emit({ name: 'dead-letter.failed', ...placeOf(record, letter), tries, delayMs, error: failure })
    },
    stored({ record }) {
      const letter = letters.size === 0 ? undefined : letters.get(record)
      if (letter === undefined) return
      letters.delete(record)
      const { stage, error } = letter.failure
      const place = placeOf(record, letter)
      if (letter.tries > 0) events.emit({ name: 'dead-letter.recovered', ...place, tries: letter.tries })
      sayOversize(record, letter)
      events.emit({ name: 'record.dead-lettered', ...place, stage, error })
    },
  }
  return { rules, destinations }
}
