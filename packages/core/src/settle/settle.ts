import type { Failure, Outcome } from '../process/outcome.js'
import type { Step } from '../process/step.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import type { Verdict } from './judge-failure.js'

/** The dead letter is acknowledged, was cut short because the lease ended, or does not fit and is not going to. */
export type DeadLetterSettlement = 'acknowledged' | 'abandoned' | Extract<Verdict, { kind: 'halt' | 'skip' }>

/** Where settled records go, and who is told. */
export interface Destinations {
  /** Pure: attempt, error and plan to verdict. */
  afterFailure(failure: Failure, record: ReceivedRecord): Verdict
  writeDeadLetter(record: ReceivedRecord, failure: Failure, topic: string): Promise<DeadLetterSettlement>
  waiting(record: ReceivedRecord, failure: Failure, delayMs: number): void
  skipped(record: ReceivedRecord, reason: string, failure?: Failure): void
  halted(record: ReceivedRecord, failure: Failure): void
}

const processed: Step = { kind: 'processed' }
const skipped: Step = { kind: 'skipped' }
const halted: Step = { kind: 'halted' }
const abandoned: Step = { kind: 'abandoned' }
const deadLettered: Step = { kind: 'dead-lettered' }

/** The only place that decides what became of a record. A new outcome or verdict does not compile until it is settled here. */
export function settle(outcome: Outcome, record: ReceivedRecord, to: Destinations): Step | Promise<Step> {
  switch (outcome.kind) {
    case 'succeeded':
      return processed
    case 'interrupted': // revoked or shutdown: no commit, no attempt counted
      return abandoned
    case 'declined': // only a handler or a written policy can decline
      to.skipped(record, outcome.reason)
      return skipped
    case 'failed':
      return settleFailure(outcome.failure, record, to)
    default:
      return unreachable(outcome)
  }
}

function settleFailure(failure: Failure, record: ReceivedRecord, to: Destinations): Step | Promise<Step> {
  const verdict = to.afterFailure(failure, record)
  switch (verdict.kind) {
    case 'wait': // unsettled: the lane waits and runs it once more
      to.waiting(record, failure, verdict.delayMs)
      return { kind: 'again', delayMs: verdict.delayMs }
    case 'give-up':
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
function settleWithout(
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
      return skipped
    default:
      return unreachable(verdict)
  }
}

const unreachable = (value: never): never => {
  throw new TypeError(`nothing is said about ${JSON.stringify(value)}`)
}
