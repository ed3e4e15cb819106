import type { HandlerRuntime } from '../process/handler-runtime.js'
import type { Failure } from '../process/outcome.js'
import type { Sender } from '../produce/sender.js'
import type { Events } from '../observe/events.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { createDeadLetter } from '../settle/dead-letter.js'
import { writeDeadLetter } from '../settle/dead-letter-writer.js'
import { judgeOversize } from '../settle/judge-oversize.js'
import type { DeadLetterSettlement } from '../settle/settle.js'
import { placeOfRecord } from './record-place.js'

export interface DeadLetterRoute {
  readonly partition: LeaseHost
  readonly runtime: HandlerRuntime
  readonly events: Events
  readonly sender: () => Sender
}

const resolutions = { halt: 'halted', skip: 'skipped' } as const

/** Writes the dead letters of one lease, and tells how that went: its partition stands still meanwhile. */
export function createDeadLetterRoute({ partition, runtime, events, sender }: DeadLetterRoute) {
  const { plan, clock, isOurTopic, tally } = runtime

  const write = async (record: ReceivedRecord, failure: Failure, topic: string): Promise<DeadLetterSettlement> => {
    const facts = { topic, handler: plan.name, failedAt: clock.wallNow(), withStack: plan.errorStack, isOurTopic }
    const place = { ...placeOfRecord(partition, plan.name, record), deadLetterTopic: topic }
    const { stage, error } = failure
    const end = await writeDeadLetter(sender(), clock, {
      letter: createDeadLetter(record, failure, facts),
      onOversize: plan.onOversize,
      draining: partition.draining,
      ended: partition.ended,
      onFailed(writeError, tries, delayMs) {
        tally.deadLetterFailures += 1
        partition.pauseFor('dead-letter-failing')
        events.emit({ name: 'dead-letter.failed', ...place, tries, delayMs, error: writeError })
      },
      onRecovered(tries) {
        partition.resumeFrom('dead-letter-failing')
        events.emit({ name: 'dead-letter.recovered', ...place, tries })
      },
    })
    if (end.kind === 'abandoned') return 'abandoned'
    if (end.kind === 'acknowledged-smaller')
      events.emit({ name: 'dead-letter.oversize', ...place, ...end.oversize, resolution: end.as })
    if (end.kind === 'too-large') {
      const verdict = judgeOversize(failure, { ...place, bytes: end.smallestBytes }, plan.onOversize)
      events.emit({ name: 'dead-letter.oversize', ...place, ...end.oversize, resolution: resolutions[verdict.kind] })
      return verdict
    }
    events.emit({ name: 'record.dead-lettered', ...place, stage, error })
    return 'acknowledged'
  }
  // What is sent for a record belongs to the attempt that made it necessary.
  return (record: ReceivedRecord, failure: Failure, topic: string): Promise<DeadLetterSettlement> =>
    record.trace === undefined ? write(record, failure, topic) : record.trace.run(() => write(record, failure, topic))
}
