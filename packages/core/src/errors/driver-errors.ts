import { entry } from '../error-entry.js'

/** Errors of membership, leases and connections. */
export const driverErrors = {
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
  MILLRACE_DRIVER_TOKEN_UNAVAILABLE: entry<{ reason: string }>({
    what: ({ reason }) => `No OAuth token for Kafka could be had: ${reason}`,
    why: 'Brokers of mechanism oauthbearer let nobody in without one. It is asked for again at each try to connect, and a token that has not expired is used as long as it lives.',
    todo: 'Check that the token endpoint is reachable from here; the cause says what it answered.',
    retriable: true,
  }),
  MILLRACE_DRIVER_LACKS: entry<{ driver: string; capability: string }>({
    what: ({ driver, capability }) => `The driver "${driver}" can't do what the plan needs: ${capability}.`,
    why: 'A driver declares what it can do, and a plan that needs more is refused at start instead of failing later.',
    todo: 'Remove that need from the plan, or use another driver.',
    retriable: false,
  }),
  MILLRACE_DRIVER_TRANSACTIONS_UNSUPPORTED: entry<{ broker: string; missing: string }>({
    what: ({ broker, missing }) => `The broker ${broker} is too old for exactly-once pipelines: it lacks ${missing}.`,
    why: 'Without it a worker that has lost its partitions could still commit their offsets, or begin at offsets that a pending transaction is about to change.',
    todo: 'Use brokers of Kafka 2.5 or newer, or delivery: "at-least-once" for the transforms of this worker.',
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
} as const
