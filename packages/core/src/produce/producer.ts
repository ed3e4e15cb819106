import type { Serde } from '../declare/serde.js'
import type { AnyTopic, Topic } from '../declare/topic.js'
import { fail, isMillraceError } from '../millrace-error.js'
import { describeError, errorFrom } from '../observe/thrown.js'
import type { RawHeader } from '../receive/record.js'
import type { DeliveryReport, OutgoingRecord, Sender } from './sender.js'

/** What a producer of a topic takes. */
export interface ProducerMessage<Key, Value> {
  readonly key: Key | null
  readonly value: Value
  /** Text headers; where order or repetition matters, pairs. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | readonly (readonly [name: string, value: string | Buffer | null])[]
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
    async send(message, signal) {
      const { key, value, headers, partition, timestamp } = message as ProducerMessage<unknown, unknown>
      const record: OutgoingRecord = {
        topic: name,
        key: key === null ? null : await encode(topic.key, key, name, 'key'),
        value: value === null && topic.tombstones ? null : await encode(topic.value, value, name, 'value'),
        headers: toPairs(headers),
        ...(partition === undefined ? {} : { partition }),
        ...(timestamp === undefined ? {} : { timestamp }),
      }
      return sender.send(record, signal)
    },
    flush: (options) => sender.flush(options),
  }
}

async function encode(
  serde: Serde<unknown, never>,
  value: unknown,
  topic: string,
  part: 'key' | 'value',
): Promise<Buffer> {
  try {
    return await serde.encode(value as never, { topic, part }) // the compiler checked it where send() was called
  } catch (cause) {
    if (isMillraceError(cause)) throw cause
    throw fail('MILLRACE_ENCODE_FAILED', { topic, part, reason: describeError(errorFrom(cause)).message }, { cause })
  }
}

function toPairs(headers: ProducerMessage<unknown, unknown>['headers'] = {}): readonly RawHeader[] {
  const pairs = Symbol.iterator in headers ? headers : Object.entries(headers)
  return pairs.map(([name, value]) => [Buffer.from(name), typeof value === 'string' ? Buffer.from(value) : value])
}
