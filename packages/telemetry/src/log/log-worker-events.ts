import {
  type Clock,
  errorFingerprint,
  type EventName,
  type EventOf,
  type Logger,
  type MillraceEvent,
  type ObservedWorker,
  type OversizeResolution,
  systemClock,
} from '@millrace/core'
import { createErrorSampling } from './sample-errors.js'

/** How one event reads in a log: how much it matters, and what it says. Everything the event carries becomes fields. */
interface LogRow<Name extends EventName> {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string | ((event: EventOf<Name>) => string)
}

type AnyRow = Pick<LogRow<EventName>, 'level'> & { readonly message: string | ((event: never) => string) }

/** A new event does not compile until it stands here. */
export type LogTable = { readonly [Name in EventName]: LogRow<Name> }

const place = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}[${partition}]`

const oversizeTexts: Readonly<Record<OversizeResolution, string>> = {
  shrunk: 'it was written without some of our headers; nothing of the record is missing',
  'without-value': 'it was written without its value, which only the source topic has now',
  halted: 'its partition stands still until the topic takes larger records; nothing past it is committed',
  skipped: 'it was not written, and the record is lost',
}

export const logTable: LogTable = {
  'worker.started': { level: 'info', message: ({ groups }) => `the worker runs: ${groups.join(', ')}` },
  'worker.warned': { level: 'warn', message: ({ warning }) => warning },
  'worker.draining': { level: 'info', message: ({ inFlight }) => `draining ${inFlight} records` },
  'worker.stopped': {
    level: 'info',
    message: ({ abandoned, inTime }) =>
      abandoned === 0 && inTime
        ? 'the worker stopped; everything it had was settled'
        : `the worker stopped and handed ${abandoned} records back to be read again`,
  },
  'worker.failed': { level: 'error', message: 'the worker gave up' },
  'operator.acted': {
    level: 'warn',
    message: ({ verb, by, error }) => `${verb}, asked for by ${by}: ${error === undefined ? 'done' : 'refused'}`,
  },
  'event-loop.blocked': {
    level: 'warn',
    message: ({ blockedMs }) =>
      `something blocked the event loop for ${Math.round(blockedMs)} ms; heartbeats could not be sent`,
  },
  'member.joined': {
    level: 'info',
    message: ({ group, generation, partitions }) =>
      `joined "${group}" in generation ${generation} with ${partitions.length} partitions`,
  },
  'member.idle': { level: 'info', message: 'no partition for this member; it waits for one' },
  'member.died': { level: 'error', message: 'the member died; its partitions go to others' },
  'member.stalled': {
    level: 'error',
    message: ({ stalled, limitMs }) =>
      `the member hands nothing over for ${limitMs / 1000} s, although there is more in ${stalled.map(place).join(', ')}; it is left and rebuilt`,
  },
  'member.rebuilding': { level: 'warn', message: ({ delayMs }) => `joining again in ${Math.round(delayMs)} ms` },
  'lease.started': { level: 'info', message: (event) => `reading ${place(event)} from ${event.offset}` },
  'lease.ended': { level: 'info', message: (event) => `${place(event)} ended: ${event.reason}` },
  'partition.paused': { level: 'debug', message: (event) => `${place(event)} paused: ${event.reason}` },
  'partition.resumed': { level: 'debug', message: (event) => `${place(event)} resumed after ${event.reason}` },
  'partition.caught-up': { level: 'info', message: (event) => `${place(event)} caught up` },
  'partition.halted': {
    level: 'error',
    message: (event) => `${place(event)} is halted at this record; nothing behind it is processed`,
  },
  'partition.braked': {
    level: 'error',
    message: (event) =>
      `${place(event)} is braked: nearly all of its records fail in the same way, and none more is dead-lettered; one tries again every ${Math.round(event.probeMs / 1000)} s`,
  },
  'partition.released': {
    level: 'warn',
    message: (event) =>
      `${place(event)} goes on after ${Math.round(event.brakedMs / 1000)} s of the brake: ${event.because}`,
  },
  'partition.out-of-range': {
    level: 'warn',
    message: (event) => `${place(event)}: ${gone(event)}`,
  },
  'partition.failed': {
    level: 'error',
    message: (event) => `${place(event)} can't be read for now and is asked again`,
  },
  'partition.recovered': { level: 'info', message: (event) => `${place(event)} can be read again` },
  'record.retrying': {
    level: 'warn',
    message: ({ attempt, delayMs }) => `attempt ${attempt} failed; the next one in ${Math.round(delayMs)} ms`,
  },
  'record.waiting': {
    level: 'warn',
    message: ({ reason, delayMs }) =>
      `waits (${reason}) and runs again in ${Math.round(delayMs)} ms; no attempt is counted and nothing behind it runs`,
  },
  'record.dead-lettered': {
    level: 'error',
    message: ({ deadLetterTopic, stage }) => `dead-lettered to ${deadLetterTopic}: failed to ${stage}`,
  },
  'record.skipped': { level: 'warn', message: ({ reason }) => `skipped: ${reason}` },
  'record.late': {
    level: 'warn',
    message: ({ lateMs }) =>
      `the handler went on beyond its time limit or its lease (${Math.round(lateMs)} ms); what it returns is ignored`,
  },
  'dead-letter.failed': {
    level: 'error',
    message: ({ deadLetterTopic, delayMs }) =>
      `${deadLetterTopic} did not take the dead letter; trying again in ${Math.round(delayMs)} ms, nothing is committed past it`,
  },
  'dead-letter.oversize': {
    level: 'error',
    message: ({ deadLetterTopic, bytes, resolution }) =>
      `a dead letter of ${bytes} bytes is too large for ${deadLetterTopic}: ${oversizeTexts[resolution]}`,
  },
  'dead-letter.recovered': {
    level: 'info',
    message: ({ deadLetterTopic }) => `${deadLetterTopic} takes dead letters again`,
  },
  'commit.done': { level: 'debug', message: ({ records }) => `committed ${records} records` },
  'commit.failed': { level: 'warn', message: 'a commit failed; it is tried again' },
  'transaction.committed': {
    level: 'debug',
    message: ({ records, outputs }) => `committed ${records} records and their ${outputs} outputs`,
  },
  'transaction.aborted': {
    level: 'warn',
    message: 'a transaction was aborted; nothing of it is visible, and its outputs are sent again',
  },
  'transaction.fenced': {
    level: 'warn',
    message:
      'a transaction was fenced: its partitions or its id have another owner, it took too long, or its end is not known',
  },
  'commit.refused': { level: 'warn', message: 'a commit came after its lease had ended and was dropped' },
}

export interface EventLogOptions {
  /** `errors` (default): of the same fault five a minute are written whole, and then one line with the count. `off`: all of them. */
  readonly sampling?: LogSampling
  readonly clock?: Pick<Clock, 'now' | 'after'>
}
export type LogSampling = 'errors' | 'off'

/** Writes every event of a worker to a logger, all its facts as fields. Returns the function that ends it. */
export function logWorkerEvents(
  worker: ObservedWorker,
  logger: Logger,
  { sampling: mode = 'errors', clock = systemClock }: EventLogOptions = {},
): () => void {
  const sampling = createErrorSampling<Line>({ clock }, ({ count, withinMs, last: { level, fields, message } }) =>
    logger[level](
      { ...fields, leftOut: count, withinMs },
      `${count} more like this within ${Math.ceil(withinMs / 1000)} s, the last of them: ${message}`,
    ),
  )
  const off = worker.onAny((event) => {
    if (event.name === 'worker.stopped') sampling.close()
    const line = lineOf(event)
    const fault = mode === 'off' ? undefined : faultOf(event)
    if (fault === undefined || sampling.isWritten(fault, line)) logger[line.level](line.fields, line.message)
  })
  return () => {
    off()
    sampling.close()
  }
}

interface Line {
  readonly level: AnyRow['level']
  readonly fields: object
  readonly message: string
}

/** Traces are called in logs what OpenTelemetry calls them there. */
function lineOf(event: MillraceEvent): Line {
  const { name, error, traceId, spanId, ...facts } = {
    error: undefined,
    traceId: undefined,
    spanId: undefined,
    ...event,
  }
  const trace = traceId === undefined ? {} : { trace_id: traceId, span_id: spanId }
  return {
    ...rowOf(event),
    fields: { event: name, ...facts, ...trace, ...(error === undefined ? {} : { err: error }) },
  }
}

/** What every record may have, and so comes as often as records do. */
const repeating: ReadonlySet<EventName> = new Set<EventName>([
  ...(['record.retrying', 'record.waiting', 'record.dead-lettered', 'record.skipped'] as const),
  ...(['dead-letter.failed', 'dead-letter.oversize', 'commit.failed', 'commit.refused'] as const),
  ...(['partition.failed', 'transaction.aborted'] as const),
])

function faultOf(event: MillraceEvent): string | undefined {
  if (!repeating.has(event.name) || !('error' in event) || event.error === undefined) return undefined
  const { group, handler } = { group: '', handler: '', ...event }
  return `${event.name} ${group} ${errorFingerprint(handler, event.error)}`
}

/** The row of an event with its message written out. */
function rowOf(event: MillraceEvent): { readonly level: AnyRow['level']; readonly message: string } {
  const { level, message }: AnyRow = logTable[event.name]
  return { level, message: typeof message === 'string' ? message : message(event as never) } // the row was found by the event's name
}

/** Skipped offsets may have held fewer records: compaction and transactions leave gaps. */
const gone = ({ from, to }: { readonly from: bigint; readonly to: bigint }): string =>
  to > from
    ? `offsets ${from} to ${to - 1n} (${to - from}) can't be read any more or are skipped; going on at ${to}`
    : `the log does not hold offset ${from}, it was made anew or cut; going on at ${to}`
