import type { AnyTopic, Topic } from '../declare/topic.js'
import { encodeMessage } from './encode-message.js'
import type { HeadersInput } from './encode-record.js'
import type { DeliveryReport, Sender } from './sender.js'

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

/** Sends typed messages to one topic: idempotent, acks=all. `Producer<typeof Orders>` is the producer of that topic. */
export interface Producer<T> {
  /**
   * Resolves with where the record is stored, once all in-sync replicas have it.
   * @throws MillraceError `MILLRACE_ENCODE_FAILED` for a message that does not fit the topic, and the codes of `Sender.send`.
   */
  send(message: MessageOf<T>, signal?: AbortSignal): Promise<DeliveryReport>
  /** Waits until everything sent so far is answered. `timeoutMs` bounds it; default is the delivery timeout. */
  flush(options?: { readonly timeoutMs?: number }): Promise<void>
}

export type MessageOf<T> =
  T extends Topic<infer _Key, infer _Value, infer KeyIn, infer ValueIn>
    ? ProducerMessage<KeyIn, T extends { readonly tombstones: true } ? ValueIn | null : ValueIn>
    : never

/** Puts a topic's serdes in front of a sender, under the name that the environment and prefixes gave it. The sender stays the caller's. */
export function createProducer<T extends AnyTopic>(topic: T, name: string, sender: Sender): Producer<T> {
  return {
    // The compiler checked the message where send() was called.
    send: async (message, signal) =>
      sender.send(await encodeMessage(topic, name, message as ProducerMessage<unknown, unknown>), signal),
    flush: (options) => sender.flush(options),
  }
}
