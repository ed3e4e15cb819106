import type { LeaseHost } from '../receive/lease-mode.js'
import type { HandlerRuntime } from '../process/handler-runtime.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { judgeFailure } from '../settle/judge-failure.js'
import type { Destinations } from '../settle/settle.js'
import { createDeadLetterRoute } from './dead-letter-route.js'
import type { HandlerSurroundings } from './handler-at-work.js'
import { placeOfRecord } from './record-place.js'

/** Where the records of one lease go, and who is told about it. */
export function recordDestinations(
  partition: LeaseHost,
  runtime: HandlerRuntime,
  { events, sender, random }: HandlerSurroundings,
): Destinations {
  const { plan, clock, tally } = runtime
  const { brake } = partition
  const placeOf = (record: ReceivedRecord) => placeOfRecord(partition, plan.name, record)
  return {
    afterFailure(failure, record) {
      const verdict = judgeFailure(failure, record, plan, random)
      if (verdict.kind !== 'hold') record.firstFailedAt ??= clock.wallNow()
      return verdict
    },
    waiting(record, { error }, delayMs) {
      tally.retriesInPlace += 1
      events.emit({ name: 'record.retrying', ...placeOf(record), delayMs, error })
    },
    holding(record, { error }, { reason, delayMs }) {
      record.heldFor = reason
      if (reason === 'dependency-down') record.outages += 1
      partition.pauseFor(reason)
      events.emit({ name: 'record.waiting', ...placeOf(record), reason, delayMs, error })
    },
    heldNoMore(record, hasPassed) {
      partition.resumeFrom('dependency-down')
      record.outages = 0
      if (hasPassed) brake?.passed()
      if (brake?.isOn !== true) record.heldFor = undefined
    },
    brake: (record, failure) => brake?.judge(record, failure, plan),
    skipped(record, reason, failure) {
      const because = failure === undefined ? {} : { error: failure.error }
      events.emit({ name: 'record.skipped', ...placeOf(record), reason, ...because })
    },
    halted: (record, { error }) => events.emit({ name: 'partition.halted', ...placeOf(record), error }),
    writeDeadLetter: createDeadLetterRoute({ partition, runtime, events, sender }),
  }
}
