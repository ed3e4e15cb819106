import { entry } from '../error-entry.js'

/** Errors of records on their way to the broker. */
export const produceErrors = {
  MILLRACE_PRODUCE_REFUSED: entry<{ topic: string; partition: number; reason: string }>({
    what: ({ topic, partition, reason }) =>
      // -1: no partition was chosen yet, most often because there is no such topic.
      `A record for ${partition < 0 ? topic : `${topic}[${partition}]`} was refused: ${reason}`,
    why: 'It is certainly not stored.',
    todo: 'Check that the topic exists, and the write permission.',
    retriable: false,
  }),
  MILLRACE_PRODUCE_TOO_LARGE: entry<{ topic: string; partition: number; bytes: number; limit?: number }>({
    what: ({ topic, partition, bytes, limit }) =>
      `A record of ${bytes} bytes for ${partition < 0 ? topic : `${topic}[${partition}]`} is too large${limit === undefined ? '' : `: the limit is ${limit} bytes`}.`,
    why: 'It is certainly not stored. The records that were sent with it are not affected.',
    todo: 'Make the record smaller, or raise max.message.bytes of the topic.',
    retriable: false,
  }),
  MILLRACE_PRODUCE_RECORD_INVALID: entry<{ topic: string; partition: number; reason: string }>({
    what: ({ topic, partition, reason }) =>
      // -1 or no number at all: its partitioner failed.
      `A record for ${partition >= 0 ? `${topic}[${partition}]` : topic} is not taken by its topic: ${reason}`,
    why: 'It is certainly not stored, and it would be refused again as long as its topic stays as it is. The records that were sent with it are not affected.',
    todo: 'Send it to a partition that the topic has, with a key where the topic is compacted, a timestamp that is not in the future, and what its policies ask for.',
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
  MILLRACE_PRODUCE_BUFFER_FULL: entry<{ topic: string; maxBufferedBytes: number }>({
    what: ({ topic, maxBufferedBytes }) =>
      `A record for "${topic}" found no room: ${maxBufferedBytes} bytes wait for acknowledgement.`,
    why: "It is certainly not stored. The producer has onFull: 'reject', and records are sent faster than the brokers acknowledge them.",
    todo: "Send it later or drop it; or raise maxBufferedBytes, or let send wait (onFull: 'wait').",
    retriable: true,
  }),
  MILLRACE_PRODUCE_PARTIAL: entry<{ topic: string; failed: number; total: number; first: string }>({
    what: ({ topic, failed, total, first }) =>
      `${failed} of ${total} records that were sent together to "${topic}" failed. The first: ${first}`,
    why: 'The others are stored: records that are sent together share requests, not their fate.',
    todo: 'Read `results` of the error, which has one entry per record, in order; send again what failed.',
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
} as const
