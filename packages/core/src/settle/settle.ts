import type { Failure, Outcome } from '../process/outcome.js'
import type { Step } from '../process/step.js'
import type { OutgoingRecord } from '../produce/sender.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import type { Verdict } from './judge-failure.js'

/** The dead letter is acknowledged, was cut short because the lease ended, or does not fit and is not going to. */
export type DeadLetterSettlement = 'acknowledged' | 'abandoned' | Extract<Verdict, { kind: 'halt' | 'skip' }>

/** Where settled records go, and who is told. */
export interface Destinations {
  /** Pure: attempt, error and plan to verdict. */
  afterFailure(failure: Failure, record: ReceivedRecord): Verdict
  /** Whether a dead letter has to wait, because nearly all records fail like this one. */
  readonly brake?: ((record: ReceivedRecord, failure: Failure) => Hold | undefined) | undefined
  writeDeadLetter(record: ReceivedRecord, failure: Failure, topic: string): Promise<DeadLetterSettlement>
  /** Set for a pipeline: the dead letter is an output of its record, stored with the offset of it. */
  readonly letterOf?: (record: ReceivedRecord, failure: Failure, topic: string) => OutgoingRecord
  waiting(record: ReceivedRecord, failure: Failure, delayMs: number): void
  /** It waits for something that is not its own fault: its partition stands still. */
  holding(record: ReceivedRecord, failure: Failure, hold: Hold): void
  /** A record that had waited so has ended a run in another way: it passed, or failed. */
  heldNoMore(record: ReceivedRecord, hasPassed: boolean): void
  skipped(record: ReceivedRecord, reason: string, failure?: Failure): void
  halted(record: ReceivedRecord, failure: Failure): void
}

export type Hold = Extract<Verdict, { kind: 'hold' }>

const processed: Step = { kind: 'processed' }
const skipped: Step = { kind: 'skipped' }
const halted: Step = { kind: 'halted' }
const abandoned: Step = { kind: 'abandoned' }
const deadLettered: Step = { kind: 'dead-lettered' }
/** In a pipeline every step that is final carries outputs: it is settled when these are stored. */
const withoutOutputs = {
  processed: { kind: 'processed', outputs: [] },
  skipped: { kind: 'skipped', outputs: [] },
} as const

/** The only place that decides what became of a record. A new outcome or verdict does not compile until it is settled here. */
export function settle(outcome: Outcome, record: ReceivedRecord, to: Destinations): Step | Promise<Step> {
  switch (outcome.kind) {
    case 'succeeded':
      if (record.heldFor !== undefined) to.heldNoMore(record, true)
      if (to.letterOf === undefined) return processed
      return outcome.outputs === undefined ? withoutOutputs.processed : { kind: 'processed', outputs: outcome.outputs }
    case 'interrupted': // revoked or shutdown: no commit, no attempt counted
      return abandoned
    case 'declined': // only a handler or a written policy can decline
      if (record.heldFor !== undefined) to.heldNoMore(record, true)
      to.skipped(record, outcome.reason)
      return to.letterOf === undefined ? skipped : withoutOutputs.skipped
    case 'failed':
      return settleFailure(outcome.failure, record, to)
    default:
      return unreachable(outcome)
  }
}

function settleFailure(failure: Failure, record: ReceivedRecord, to: Destinations): Step | Promise<Step> {
  const judged = to.afterFailure(failure, record)
  const verdict = judged.kind === 'give-up' ? (to.brake?.(record, failure) ?? judged) : judged
  if (record.heldFor !== undefined && verdict.kind !== 'hold') to.heldNoMore(record, false)
  switch (verdict.kind) {
    case 'hold': // as if it had not run
      to.holding(record, failure, verdict)
      return { kind: 'again', delayMs: verdict.delayMs, isHeld: true }
    case 'wait': // unsettled: the lane waits and runs it once more
      to.waiting(record, failure, verdict.delayMs)
      return { kind: 'again', delayMs: verdict.delayMs }
    case 'give-up':
      if (to.letterOf !== undefined)
        return { kind: 'dead-lettered', outputs: [to.letterOf(record, failure, verdict.topic)] }
      return to.writeDeadLetter(record, failure, verdict.topic).then((end) => settleDeadLetter(end, record, to))
    default:
      return settleWithout(verdict, record, to)
  }
}

function settleDeadLetter(end: DeadLetterSettlement, record: ReceivedRecord, to: Destinations): Step {
  if (end === 'acknowledged') return deadLettered
  if (end === 'abandoned') return abandoned // a write that was cut short because the lease ended has settled nothing
  return settleWithout(end, record, to)
}

/** No dead letter: there is no topic for it, or it does not fit. */
export function settleWithout(
  verdict: Extract<Verdict, { kind: 'halt' | 'skip' }>,
  record: ReceivedRecord,
  to: Destinations,
): Step {
  const { failure } = verdict
  switch (verdict.kind) {
    case 'halt': // the lane stops; the record stays in flight and uncommitted
      to.halted(record, failure)
      return halted
    case 'skip':
      to.skipped(record, verdict.reason, failure)
      return to.letterOf === undefined ? skipped : withoutOutputs.skipped
    default:
      return unreachable(verdict)
  }
}

const unreachable = (value: never): never => {
  throw new TypeError(`nothing is said about ${JSON.stringify(value)}`)
}
