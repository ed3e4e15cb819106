import type { SerdeUse } from '../declare/serde.js'
import type { AnyTopic, Topic } from '../declare/topic.js'
import { fail } from '../millrace-error.js'
import { type Clock, systemClock } from '../observe/clock.js'
import { type Logger, silentLogger } from '../observe/logger.js'
import { type Duration, toMs } from '../option-kinds.js'
import { producerOptions } from '../options.js'
import type { HeadersInput } from './encode-record.js'
import { createInOrder, type InOrder } from './in-order.js'
import { createMessageEncoder } from './message-encoder.js'
import { allStored } from './send-many.js'
import type { DeliveryReport, Sender } from './sender.js'
import { createTopicPreparation } from './serde-preparation.js'

/** What a producer of a topic takes. */
export interface ProducerMessage<Key, Value> {
  readonly key: Key | null
  readonly value: Value
  /** Text headers; where order or repetition matters, pairs. */
  readonly headers?: HeadersInput
  /** Explicit partition; otherwise the key decides. */
  readonly partition?: number
  /** Epoch milliseconds; now, when it is left out. */
  readonly timestamp?: number
}

/**
 * Sends typed messages to one topic: idempotent, acks=all. `Producer<typeof Orders>` is the producer of that topic.
 *
 * Messages of one partition are stored in the order of the calls, whoever takes longer to be encoded, through retries and moves of
 * leaders; one that fails leaves a gap and keeps no later one back.
 */
export interface Producer<T> {
  /**
   * Resolves with where the record is stored, once all in-sync replicas have it. A signal that aborts takes the record back as long
   * as it is encoded or waits for room; after that it runs its course.
   * @throws MillraceError `MILLRACE_ENCODE_FAILED` for a message that does not fit the topic, and the codes of `Sender.send`.
   */
  send(message: MessageOf<T>, signal?: AbortSignal): Promise<DeliveryReport>
  /**
   * Sends messages together; the reports come in their order. Each has its own fate: a failed one takes no other with it.
   * @throws MillraceError `MILLRACE_PRODUCE_PARTIAL`, once each has its end; `isPartialSend` shows what became of which.
   */
  sendMany(messages: readonly MessageOf<T>[], signal?: AbortSignal): Promise<readonly DeliveryReport[]>
  /**
   * Sends at once what waits for company, and resolves when everything sent so far is answered. Default limit: the delivery timeout.
   * @throws MillraceError `MILLRACE_PRODUCE_FLUSH_TIMED_OUT` with the number of unanswered records
   */
  flush(options?: { readonly timeout?: Duration }): Promise<void>
}

/** A producer whose connections are its own. */
export interface ClosableProducer<T> extends Producer<T>, AsyncDisposable {
  /**
   * Takes nothing more, flushes, then closes the connections; what is unanswered after the limit is rejected. Idempotent. Default limit:
   * the delivery timeout.
   * @throws MillraceError `MILLRACE_PRODUCE_FLUSH_TIMED_OUT` with the number of unanswered records
   */
  close(options?: { readonly timeout?: Duration }): Promise<void>
}

export type MessageOf<T> =
  T extends Topic<infer _Key, infer _Value, infer KeyIn, infer ValueIn>
    ? ProducerMessage<KeyIn, T extends { readonly tombstones: true } ? ValueIn | null : ValueIn>
    : never

export interface ProducerSurroundings {
  readonly clock?: Clock
  /** Where serdes read their settings. Default: the environment of the process. */
  readonly env?: SerdeUse['env']
  readonly logger?: Logger
  /** How long a message may take to be encoded, and once more from there to its acknowledgement, ms. */
  readonly deliveryTimeoutMs?: number
}

/** Puts a topic's serdes in front of a sender, under the name that the environment and prefixes gave it. Closing it closes the sender. */
export function createProducer<T extends AnyTopic>(
  topic: T,
  name: string,
  sender: Sender,
  around: ProducerSurroundings = {},
): ClosableProducer<T> {
  const { clock = systemClock, env = process.env, logger = silentLogger } = around
  const { deliveryTimeoutMs = toMs(producerOptions.deliveryTimeout.default) } = around
  const line = createInOrder()
  const closed = new AbortController()
  const prepare = createTopicPreparation({ env, logger }, closed.signal)
  const encode = createMessageEncoder({ topic, name, clock, limitMs: deliveryTimeoutMs, prepare })
  let closing: Promise<void> | undefined

  const send = (message: MessageOf<T>, signal?: AbortSignal): Promise<DeliveryReport> =>
    line.run(
      () => {
        if (closing !== undefined) throw fail('MILLRACE_PRODUCE_CLOSED', {})
        // The compiler checked the message where send() was called.
        return encode(message as ProducerMessage<unknown, unknown>, signal)
      },
      (record) => sender.send(record, signal),
    )

  async function end(timeout: Duration | undefined): Promise<void> {
    let limits: { readonly timeoutMs?: number } = { timeoutMs: 0 }
    try {
      limits = await allHandedOver(line, clock, msOf(timeout))
    } finally {
      closed.abort(fail('MILLRACE_PRODUCE_CLOSED', {}))
      await sender.close(limits)
    }
  }
  const close: ClosableProducer<T>['close'] = ({ timeout } = {}) => (closing ??= end(timeout))

  return {
    send,
    sendMany: async (messages, signal) =>
      allStored(
        name,
        [...messages].map((message) => send(message, signal)),
      ),
    async flush({ timeout } = {}) {
      await sender.flush(await allHandedOver(line, clock, msOf(timeout)))
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}

/** Waits for what is being encoded. Returns what is left of the limit. */
async function allHandedOver(
  line: InOrder,
  clock: Clock,
  timeoutMs: number | undefined,
): Promise<{ readonly timeoutMs?: number }> {
  const from = clock.now()
  const done = new AbortController()
  const idle = line.idle().then(() => done.abort())
  if (timeoutMs === undefined) {
    await idle // bounded: encoding has its own limit
    return {}
  }
  await Promise.race([idle, clock.wait(timeoutMs, done.signal)])
  if (!done.signal.aborted) throw fail('MILLRACE_PRODUCE_FLUSH_TIMED_OUT', { unsent: line.waiting, timeoutMs })
  return { timeoutMs: Math.max(0, timeoutMs - (clock.now() - from)) }
}

const msOf = (timeout: Duration | undefined): number | undefined => (timeout === undefined ? undefined : toMs(timeout))
