import { type ErrorEntry, entry, listProblems, type Problem } from './error-entry.js'

/** Every error that millrace itself raises. `docs/errors.md` is generated from this table and tested against it. */
export const errorCatalogue = {
  MILLRACE_PLAN_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `The declared consumers can't be started:${listProblems(problems)}`,
    why: 'The plan is checked as a whole before anything connects, so nothing was read or committed.',
    todo: 'Apply the fix named under each problem and start again.',
    retriable: false,
  }),
  MILLRACE_OPTIONS_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `Some options are wrong:${listProblems(problems)}`,
    why: 'Options are checked when they are given, all at once; nothing was started with them.',
    todo: 'Apply the fix named under each problem. Every option with type, default and limits: docs/options.md',
    retriable: false,
  }),
  MILLRACE_CONFIG_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `The environment can't be used:${listProblems(problems)}`,
    why: 'Brokers, security and ports are read from environment variables once, at start.',
    todo: 'Set or correct the variables named above.',
    retriable: false,
  }),
  MILLRACE_TOPICS_INVALID: entry<{ problems: readonly Problem[] }>({
    what: ({ problems }) => `The topics on the cluster don't fit the plan:${listProblems(problems)}`,
    why: 'millrace creates no topic by accident, and a dead-letter topic with fewer partitions than its source would lose records.',
    todo: 'Create or change the topics as named above, then start again.',
    retriable: false,
  }),
  MILLRACE_WORKER_STATE: entry<{ action: string; state: string }>({
    what: ({ action, state }) => `${action} is not possible while the worker is ${state}.`,
    why: 'A worker is started once and stopped once; a stopped one holds no connection that could be used again.',
    todo: 'Create a new worker with createWorker().',
    retriable: false,
  }),
  MILLRACE_WORKER_FAILED: entry<{ group: string; deaths: number; windowMs: number }>({
    what: ({ group, deaths, windowMs }) =>
      `The member of group "${group}" died ${deaths} times within ${windowMs / 1000} s.`,
    why: 'It was rebuilt with backoff each time and is not rebuilt any more. Uncommitted records will be read again by the next owner.',
    todo: 'Read the cause below; the same error repeating usually means permissions, a deleted topic or an unreachable coordinator.',
    retriable: false,
  }),
  MILLRACE_HOOK_FAILED: entry<{ hook: string; index: number }>({
    what: ({ hook, index }) => `The ${hook} hook number ${index + 1} failed.`,
    why: 'A failed onStart hook stops the start before any group is joined; hooks that had succeeded are rolled back by onStop.',
    todo: 'Look at the cause; it is the error that the hook threw.',
    retriable: false,
  }),
  MILLRACE_HOOK_TIMED_OUT: entry<{ hook: string; index: number; limitMs: number }>({
    what: ({ hook, index, limitMs }) => `The ${hook} hook number ${index + 1} did not finish within ${limitMs} ms.`,
    why: 'Hooks are time-limited so that a hanging dependency can neither block the start nor the shutdown for ever.',
    todo: 'Make the hook finish sooner, or raise hookTimeout.',
    retriable: false,
  }),
  MILLRACE_CLOSE_TIMED_OUT: entry<{ what: string; limitMs: number }>({
    what: ({ what, limitMs }) => `${what} did not finish within ${limitMs} ms.`,
    why: 'Whatever hangs must not hold up the start or the shutdown; the worker went on without it.',
    todo: 'Look for a connection or a @preDestroy that never ends.',
    retriable: false,
  }),
  MILLRACE_DECODE_FAILED: entry<{ topic: string; part: 'key' | 'value'; serde: string }>({
    what: ({ topic, part, serde }) => `The ${part} of a record on "${topic}" is not valid ${serde}.`,
    why: 'The bytes do not decode, and trying again would not change them, so the record goes to its exhaustion policy at once.',
    todo: 'Find the producer of these bytes, or change the serde of the topic definition. The dead letter holds them unchanged.',
    retriable: false,
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
  MILLRACE_DRIVER_UNREACHABLE: entry<{ brokers: string; tries: number }>({
    what: ({ brokers, tries }) => `No Kafka broker answered at ${brokers} after ${tries} tries.`,
    why: 'The worker needs one of them to find the others; nothing was read.',
    todo: 'Check KAFKA_BROKERS, the network, and that the listener is of the kind that KAFKA_SECURITY_PROTOCOL says.',
    retriable: true,
  }),
  MILLRACE_DRIVER_UNAUTHORIZED: entry<{ what: string; reason: string }>({
    what: ({ what, reason }) => `Kafka refused ${what}: ${reason}`,
    why: 'Credentials, certificates or permissions do not fit; trying again would not help.',
    todo: 'Check user, password, mechanism and certificates, and the ACLs of this principal for topic, group and cluster.',
    retriable: false,
  }),
  MILLRACE_DRIVER_LACKS: entry<{ driver: string; capability: string }>({
    what: ({ driver, capability }) => `The driver "${driver}" can't do what the plan needs: ${capability}.`,
    why: 'A driver declares what it can do, and a plan that needs more is refused at start instead of failing later.',
    todo: 'Remove that need from the plan, or use another driver.',
    retriable: false,
  }),
  MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED: entry<{ found: string; problem: string }>({
    what: ({ found, problem }) => `The guards do not fit the installed kafkajs (${found}): ${problem}.`,
    why: 'Each guard was proven against kafkajs 2.2.4 and its exact sources; on any other it could lose records.',
    todo: 'Install exactly kafkajs 2.2.4 (no caret), and mark it external if a bundler is used.',
    retriable: false,
  }),
  MILLRACE_DRIVER_LEASE_ENDED: entry<{ topic: string; partition: number }>({
    what: ({ topic, partition }) => `The lease of ${topic}[${partition}] has ended.`,
    why: 'The partition belongs to another member or generation now; the network was not touched.',
    todo: 'Nothing: the new owner reads the uncommitted records again.',
    retriable: false,
  }),
  MILLRACE_DRIVER_COMMIT_REFUSED: entry<{ group: string; reason: string }>({
    what: ({ group, reason }) => `The coordinator refused a commit of group "${group}": ${reason}`,
    why: 'This member is no longer the owner; its uncommitted records are read again by the next one.',
    todo: 'Nothing, unless it repeats: then look at event-loop stalls and the session timeout.',
    retriable: false,
  }),
  MILLRACE_DRIVER_COMMIT_FAILED: entry<{ group: string; reason: string }>({
    what: ({ group, reason }) => `A commit of group "${group}" failed: ${reason}`,
    why: 'The coordinator did not take it; the same positions or newer ones are committed again within the lease.',
    todo: 'Nothing, unless it repeats: then check the group coordinator.',
    retriable: true,
  }),
  MILLRACE_DRIVER_MEMBER_DIED: entry<{ group: string; reason: string }>({
    what: ({ group, reason }) => `The member of group "${group}" died: ${reason}`,
    why: 'Its leases have ended; uncommitted records are read again after it is rebuilt.',
    todo: 'Read the cause below.',
    retriable: true,
  }),
  MILLRACE_DRIVER_MEMBER_STALLED: entry<{ group: string; partitions: string; limitMs: number }>({
    what: ({ group, partitions, limitMs }) =>
      `The member of group "${group}" has handed over nothing of ${partitions} for ${limitMs / 1000} s, although there are more records.`,
    why: 'It had room for them and no fault was reported, so the driver is stuck. The member is left and rebuilt, or the worker given up where it does not even leave; uncommitted records are read again.',
    todo: 'Nothing, unless it repeats: then please report it with the fields of the event member.stalled. If a broker takes this long to answer, raise the watchdog option.',
    retriable: true,
  }),
  MILLRACE_DRIVER_LEAVE_FAILED: entry<{ group: string; reason: string }>({
    what: ({ group, reason }) => `The member of group "${group}" could not be left: ${reason}.`,
    why: 'The driver is stuck, and the group may still count on this member: its partitions then have an owner that reads nothing, and no member beside it could tell. So the worker gives up; uncommitted records are read again by the next owner.',
    todo: "Let the process end, as it does with onGiveUp: 'exit': the group hands the partitions on once the session has run out. If it repeats, please report it with the fields of the event member.stalled.",
    retriable: false,
  }),
  MILLRACE_DRIVER_INSTANCE_FENCED: entry<{ group: string; instanceId: string }>({
    what: ({ group, instanceId }) =>
      `Another member of group "${group}" has joined with the instance id "${instanceId}" and taken over.`,
    why: 'An instance id stands for one running worker. This one has lost its partitions and does not join again: it would throw the other out, and the other it, for ever.',
    todo: 'Give each replica an id of its own, such as the name of its StatefulSet pod. Right after a restart it may be the former process of this one, on its way out.',
    retriable: false,
  }),
  MILLRACE_DRIVER_PARTITION_FAILED: entry<{ topic: string; partition: number; reason: string }>({
    what: ({ topic, partition, reason }) => `${topic}[${partition}] can't be read: ${reason}`,
    why: 'This partition stands still, and no other waits for it. It is asked again, at least every 5 s, and goes on by itself once the cause is gone.',
    todo: "Check that the brokers are reachable, the topic exists and its leader is up. An offset outside the log or bytes that can't be read stay so: move the committed offset of the group.",
    retriable: true,
  }),
  MILLRACE_PRODUCE_REFUSED: entry<{ topic: string; partition: number; reason: string }>({
    what: ({ topic, partition, reason }) =>
      // -1: no partition was chosen yet, most often because there is no such topic.
      `A record for ${partition < 0 ? topic : `${topic}[${partition}]`} was refused: ${reason}`,
    why: 'It is certainly not stored.',
    todo: 'Check that topic and partition exist, and the write permission.',
    retriable: false,
  }),
  MILLRACE_PRODUCE_TOO_LARGE: entry<{ topic: string; partition: number; bytes: number; limit?: number }>({
    what: ({ topic, partition, bytes, limit }) =>
      `A record of ${bytes} bytes for ${partition < 0 ? topic : `${topic}[${partition}]`} is too large${limit === undefined ? '' : `: the limit is ${limit} bytes`}.`,
    why: 'It is certainly not stored. The records that were sent with it are not affected.',
    todo: 'Make the record smaller, or raise max.message.bytes of the topic.',
    retriable: false,
  }),
  MILLRACE_PRODUCE_TIMED_OUT: entry<{ topic: string; deliveryTimeoutMs: number }>({
    what: ({ topic, deliveryTimeoutMs }) => `A record for "${topic}" could not be sent within ${deliveryTimeoutMs} ms.`,
    why: 'No broker took it, so it is certainly not stored.',
    todo: 'Check that the brokers are reachable; send again, or raise deliveryTimeout.',
    retriable: true,
  }),
  MILLRACE_PRODUCE_UNKNOWN: entry<{ topic: string; partition: number; deliveryTimeoutMs: number }>({
    what: ({ topic, partition, deliveryTimeoutMs }) =>
      `A record for ${topic}[${partition}] was sent but not acknowledged within ${deliveryTimeoutMs} ms.`,
    why: 'The answer was lost, so it may or may not be stored. The same batch was repeated until the delivery timeout.',
    todo: 'Send it again if a duplicate is harmless; otherwise look the record up first.',
    retriable: true,
  }),
  MILLRACE_PRODUCE_CLOSED: entry<Record<never, never>>({
    what: () => 'The producer is closed.',
    why: 'It takes no records after close(); this one was not sent.',
    todo: 'Send before stopping, or create a new producer.',
    retriable: false,
  }),
  MILLRACE_PRODUCE_FLUSH_TIMED_OUT: entry<{ unsent: number; timeoutMs: number }>({
    what: ({ unsent, timeoutMs }) =>
      `${unsent} records were not acknowledged within the flush timeout of ${timeoutMs} ms.`,
    why: 'They stay queued until their delivery timeout, unless the producer is being closed: then each of their promises rejects.',
    todo: 'Raise the timeout, or check the brokers.',
    retriable: true,
  }),
  MILLRACE_INJECT_METADATA_MISSING: entry<{ className: string; index: number; likely: string; fix: string }>({
    what: ({ className, index, likely, fix }) =>
      `Constructor parameter ${index} of ${className} has no injection metadata: ${likely}.\n    fix: ${fix}`,
    why: 'The container can not know what to pass there. Nothing was started.',
    todo: 'Apply the fix that the message names. Every constructor parameter needs an @inject(Token) of its own.',
    retriable: false,
  }),
  MILLRACE_INJECT_FAILED: entry<{ className: string; reason: string }>({
    what: ({ className, reason }) => `${className} can't be constructed: ${reason}`,
    why: 'Its collaborators are resolved when the worker starts, before anything is read.',
    todo: 'Bind what is missing in the container that is passed to the worker.',
    retriable: false,
  }),
} satisfies Record<string, ErrorEntry<never>>

export type ErrorCode = keyof typeof errorCatalogue
export type FactsOf<Code extends ErrorCode> = Parameters<(typeof errorCatalogue)[Code]['what']>[0]
