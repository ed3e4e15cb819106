import { entry } from '../error-entry.js'

/** Errors of one record on its way through the pipeline. */
export const recordErrors = {
  MILLRACE_DECODE_FAILED: entry<{ topic: string; part: 'key' | 'value'; serde: string; reason?: string }>({
    what: ({ topic, part, serde, reason }) =>
      `The ${part} of a record on "${topic}" is not valid ${serde}${reason === undefined ? '' : `: ${reason}`}.`,
    why: 'The bytes do not decode, and trying again would not change them, so the record goes to its exhaustion policy at once.',
    todo: 'Find the producer of these bytes, or change the serde of the topic definition. The dead letter holds them unchanged.',
    retriable: false,
  }),
  MILLRACE_SCHEMA_REGISTRY_UNAVAILABLE: entry<{ url: string; action: string; reason: string }>({
    what: ({ url, action, reason }) => `The schema registry at ${url} did not ${action}: ${reason}`,
    why: "Without the schema the bytes can not be read or written. The fault is not the record's, so no attempt is counted and nothing is dead-lettered.",
    todo: 'Check that the registry runs and answers this client. Records that wait for it go on by themselves.',
    retriable: true,
  }),
  MILLRACE_DECODE_TOMBSTONE: entry<{ topic: string }>({
    what: ({ topic }) =>
      `A record on "${topic}" has no value (a tombstone), and the topic does not declare tombstones.`,
    why: 'Handing null to a handler that expects a payload would crash it, so an undeclared tombstone is a decode failure.',
    todo: 'Declare it where the topic is defined: topic(name, { ..., tombstones: true }); handlers then receive null.',
    retriable: false,
  }),
  MILLRACE_VALIDATE_FAILED: entry<{ topic: string; issues: string }>({
    what: ({ topic, issues }) => `A value on "${topic}" does not match its schema: ${issues}`,
    why: 'The schema is the contract of the topic; a handler never sees a value that breaks it.',
    todo: 'Correct the producer or the schema. The dead letter holds the original bytes.',
    retriable: false,
  }),
  MILLRACE_ENCODE_FAILED: entry<{ topic: string; part: 'key' | 'value'; reason: string }>({
    what: ({ topic, part, reason }) => `The ${part} for "${topic}" can't be encoded: ${reason}`,
    why: 'What does not match the topic definition is not sent.',
    todo: 'Pass a value that fits the serde and schema of the topic.',
    retriable: false,
  }),
  MILLRACE_ROUTE_UNROUTABLE: entry<{ group: string; topic: string; found: string }>({
    what: ({ group, topic, found }) => `No handler of group "${group}" takes this record of "${topic}": ${found}.`,
    why: 'The handlers of the topic say by their conditions which records they take. Another attempt would find none either, so `unmatched` of the consumer says at once what becomes of the record.',
    todo: "Add a handler for it, or one with when: otherwise; if such records may be left out, write unmatched: 'skip' at the consumer.",
    retriable: false,
  }),
  MILLRACE_HANDLER_TIMED_OUT: entry<{ handler: string; limitMs: number }>({
    what: ({ handler, limitMs }) => `${handler} did not finish within its time limit of ${limitMs} ms.`,
    why: 'Its signal was aborted with reason "timeout" and the attempt counts as failed; a result that arrives later is ignored and counted.',
    todo: 'Pass ctx.signal on to slow calls, or raise the timeout option of the handler.',
    retriable: true,
  }),
  MILLRACE_HANDLER_THREW: entry<{ thrown: string }>({
    what: ({ thrown }) => `The handler threw something that is not an Error: ${thrown}`,
    why: 'Without an Error there is no stack to show; the record is treated like any other failure.',
    todo: 'Throw an Error, so that logs and dead letters say where it came from.',
    retriable: true,
  }),
  MILLRACE_MIDDLEWARE_NEXT_TWICE: entry<{ middleware: string }>({
    what: ({ middleware }) => `The middleware ${middleware} called next() twice for one record.`,
    why: 'A second call would run the handler twice for one attempt.',
    todo: 'Call next() at most once and return its result.',
    retriable: false,
  }),
  MILLRACE_SETTLE_DEAD_LETTER_FAILED: entry<{ topic: string; tries: number }>({
    what: ({ topic, tries }) => `The dead letter was not acknowledged by "${topic}" after ${tries} tries.`,
    why: 'Its record stays uncommitted and its lane stays paused, so nothing is lost; other partitions go on.',
    todo: 'Check that the topic exists, has as many partitions as its source, and that this client may write to it. It recovers by itself.',
    retriable: true,
  }),
  MILLRACE_SETTLE_DEAD_LETTER_TOO_LARGE: entry<{
    topic: string
    partition: number
    offset: bigint
    deadLetterTopic: string
    bytes: number
  }>({
    what: ({ topic, partition, offset, deadLetterTopic, bytes }) =>
      `The dead letter of ${topic}[${partition}] at offset ${offset} does not fit into "${deadLetterTopic}": ${bytes} bytes of key, value and headers are too many.`,
    why: 'Everything of ours that can be left out was left out, and key, value and original headers are never shortened. Unless the handler says otherwise with onOversize, its partition stands still at this record and nothing past it is committed.',
    todo: 'Raise max.message.bytes of the dead-letter topic above this size and restart the worker; or choose onOversize for this handler. The cause says why the record needed a dead letter.',
    retriable: false,
  }),
  MILLRACE_LEDGER_UNBALANCED: entry<{ partition: string; received: number; accounted: number }>({
    what: ({ partition, received, accounted }) =>
      `${partition}: ${received} records received, but ${accounted} accounted for.`,
    why: 'Every received record is processed, retried, dead-lettered, skipped, abandoned or in flight. A difference is a defect of millrace.',
    todo: 'Please report it with the worker.inspect() output.',
    retriable: false,
  }),
} as const
