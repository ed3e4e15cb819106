import { entry } from '../error-entry.js'

/** Errors of pipelines and transactions. */
export const transactionErrors = {
  MILLRACE_TRANSACTION_ABORTED: entry<{ transactionalId: string; reason: string }>({
    what: ({ transactionalId, reason }) => `A transaction of "${transactionalId}" was aborted: ${reason}`,
    why: 'Nothing of it is visible to read_committed readers, and no offset of it was committed.',
    todo: 'A pipeline sends the same outputs again by itself. Your own transaction may be run again as a whole.',
    retriable: true,
  }),
  MILLRACE_TRANSACTION_FENCED: entry<{ transactionalId: string; reason: string }>({
    what: ({ transactionalId, reason }) => `A transaction of "${transactionalId}" was fenced: ${reason}`,
    why: 'Its partitions, or its id, belong to somebody else now, or it was open for longer than its time-out and a broker has ended it. Nothing of it is visible; a pipeline joins its group again and goes on from the committed offsets.',
    todo: 'Nothing, if it was frozen or cut off for longer than its session. If it repeats, look for two workers with one instance id, and for transactions that take nearly as long as transactionTimeout.',
    retriable: false,
  }),
  MILLRACE_TRANSACTION_UNKNOWN: entry<{ transactionalId: string; reason: string }>({
    what: ({ transactionalId, reason }) =>
      `Whether a transaction of "${transactionalId}" was committed could not be found out: ${reason}`,
    why: 'The answer to its commit was lost and its coordinator could not be asked again in time. It is committed or aborted as a whole. A pipeline finds out from the committed offsets when its partitions are assigned again.',
    todo: 'Check the brokers. For a transaction of your own: look its records up with a read_committed reader before you send them again.',
    retriable: false,
  }),
  MILLRACE_TRANSACTION_STATE: entry<{ transactionalId: string; action: string; state: string }>({
    what: ({ transactionalId, action, state }) =>
      `${action} is not possible: the transaction of "${transactionalId}" is ${state}.`,
    why: 'A transactional producer has one transaction at a time, so one inside of another would wait for itself; and one that has ended takes nothing more.',
    todo: 'Await every send inside the transaction, and the transaction before the next one.',
    retriable: false,
  }),
  MILLRACE_TRANSFORM_SINK_UNDECLARED: entry<{ handler: string; topic: string }>({
    what: ({ handler, topic }) => `${handler} produced to "${topic}", which is not among its sinks.`,
    why: 'Sinks are verified when the worker starts; an output for any other topic fails its record, and nothing of that record is sent.',
    todo: 'Name the topic in the option "to".',
    retriable: false,
  }),
  MILLRACE_TRANSFORM_OUTPUT_INVALID: entry<{ handler: string; problem: string }>({
    what: ({ handler, problem }) => `${handler} returned something that is no output: ${problem}.`,
    why: 'An output is an object with a value, or several of them; its record failed, and nothing of it is sent.',
    todo: 'Return { value }, an array or async iterable of such objects, or nothing. With several sinks use ctx.produce(topic, message).',
    retriable: false,
  }),
  MILLRACE_TRANSFORM_TOO_MANY_OUTPUTS: entry<{ handler: string; limit: number }>({
    what: ({ handler, limit }) => `${handler} made more than ${limit} outputs of one record.`,
    why: 'The outputs of a record go out together, so they all have to be held in memory until then.',
    todo: 'Raise maxOutputs of the handler if the record is meant to become so many.',
    retriable: false,
  }),
  MILLRACE_TRANSFORM_OVER: entry<{ handler: string }>({
    what: ({ handler }) => `${handler} called ctx.produce after its attempt was over.`,
    why: 'The outputs of the attempt are decided when the handler returns or its time is up; a late one would belong to no transaction.',
    todo: 'Await everything inside the handler, and pass ctx.signal on.',
    retriable: false,
  }),
} as const
