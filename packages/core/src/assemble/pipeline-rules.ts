import { fail, isMillraceError } from '../millrace-error.js'
import type { Events, OversizeResolution } from '../observe/events.js'
import type { HandlerRuntime } from '../process/handler-runtime.js'
import type { Failure } from '../process/outcome.js'
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
export function createPipelineRules(parts: PipelineRulesParts): {
  readonly rules: PipelineRules
  readonly destinations: Destinations
} {
  const { runtime, to } = parts
  const letters = new Map<ReceivedRecord, PendingLetter>()
  const say = createLetterNews(parts)
  const destinations: Destinations = {
    ...to,
    letterOf(record, failure, topic) {
      const letter = createPendingLetter(record, failure, topic, runtime)
      letters.set(record, letter)
      return letter.whole
    },
  }

  // Its lane has gone on: the record can't be held to run again.
  const afterItsRun: Destinations = { ...destinations, brake: undefined }
  const rules: PipelineRules = {
    afterRefusal({ record }, error) {
      const letter = letters.get(record)
      if (letter === undefined)
        return settle({ kind: 'failed', failure: { stage: 'handle', error, isFinal: true } }, record, afterItsRun)
      // A letter that is refused for anything but its size has no other form: its topic has to change.
      if (!isMillraceError(error, 'MILLRACE_PRODUCE_TOO_LARGE')) return { kind: 'again', delayMs: 0 }
      const smaller = nextForm(letter, error)
      if (smaller !== undefined) return { kind: 'dead-lettered', outputs: [smaller] }
      letters.delete(record)
      const verdict = judgeOversize(letter.failure, say.factsOf(record, letter), runtime.plan.onOversize)
      say.oversize(record, letter, resolutions[verdict.kind])
      return settleWithout(verdict, record, destinations)
    },
    failing({ record }, error, tries, delayMs) {
      const letter = letters.get(record)
      if (letter !== undefined) say.failing(record, letter, error, tries, delayMs)
    },
    stored({ record }) {
      const letter = letters.size === 0 ? undefined : letters.get(record)
      if (letter === undefined) return
      letters.delete(record)
      say.stored(record, letter)
    },
  }
  return { rules, destinations }
}

function createPendingLetter(
  record: ReceivedRecord,
  failure: Failure,
  topic: string,
  { plan, clock, isOurTopic }: HandlerRuntime,
): PendingLetter {
  const facts = { topic, handler: plan.name, failedAt: clock.wallNow(), withStack: plan.errorStack, isOurTopic }
  const whole = createDeadLetter(record, failure, facts)
  const forms = smallerForms(whole, plan.onOversize)
  return { failure, topic, whole, forms, smallestBytes: bytesOf(whole), tries: 0 }
}

/** The next smaller form of a letter that was too large; undefined for one that fits in none. */
function nextForm(letter: PendingLetter, error: Error): DeadLetter | undefined {
  letter.oversize ??= { error, as: 'shrunk' }
  const next = letter.forms.next().value
  if (next === undefined) return undefined
  letter.oversize.as = next.as
  letter.smallestBytes = bytesOf(next.letter)
  return next.letter
}

/** What is said about the dead letters of one lease. */
function createLetterNews({ partition, runtime: { plan, tally }, events }: PipelineRulesParts) {
  const placeOf = (record: ReceivedRecord, { topic }: PendingLetter) => ({
    ...placeOfRecord(partition, plan.name, record),
    deadLetterTopic: topic,
  })
  const oversize = (record: ReceivedRecord, letter: PendingLetter, resolution?: OversizeResolution): void => {
    if (letter.oversize === undefined) return
    const { error, as } = letter.oversize
    const facts = { bytes: bytesOf(letter.whole), error, resolution: resolution ?? as }
    events.emit({ name: 'dead-letter.oversize', ...placeOf(record, letter), ...facts })
  }
  return {
    oversize,
    factsOf: (record: ReceivedRecord, letter: PendingLetter) => ({
      ...placeOf(record, letter),
      bytes: letter.smallestBytes,
    }),
    failing(record: ReceivedRecord, letter: PendingLetter, cause: Error, tries: number, delayMs: number): void {
      letter.tries = tries
      tally.deadLetterFailures += 1
      const error = fail('MILLRACE_SETTLE_DEAD_LETTER_FAILED', { topic: letter.topic, tries }, { cause })
      events.emit({ name: 'dead-letter.failed', ...placeOf(record, letter), tries, delayMs, error })
    },
    stored(record: ReceivedRecord, letter: PendingLetter): void {
      const { stage, error } = letter.failure
      const place = placeOf(record, letter)
      if (letter.tries > 0) events.emit({ name: 'dead-letter.recovered', ...place, tries: letter.tries })
      oversize(record, letter)
      events.emit({ name: 'record.dead-lettered', ...place, stage, error })
    },
  }
}
