import type { AnyTopic } from '../declare/topic.js'
import { fail } from '../millrace-error.js'
import type { Clock } from '../observe/clock.js'
import { orAborted } from '../observe/or-aborted.js'
import { encodeMessage } from './encode-message.js'
import type { ProducerMessage } from './producer.js'
import type { OutgoingRecord } from './sender.js'
import type { PrepareTopic } from './serde-preparation.js'

export interface MessageEncoderParts {
  readonly topic: AnyTopic
  /** The topic's name in the cluster. */
  readonly name: string
  readonly clock: Clock
  /** How long the serdes may take for one message. */
  readonly limitMs: number
  readonly prepare: PrepareTopic
}

/** Makes a record of a message: at once where the serdes do, else by the limit or until the signal aborts. */
export type MessageEncoder = (
  message: ProducerMessage<unknown, unknown>,
  signal: AbortSignal | undefined,
) => OutgoingRecord | Promise<OutgoingRecord>

/** A serde that hangs would hold back everything behind its message: it may not, for longer than a record may take to be sent. */
export const createMessageEncoder =
  ({ topic, name, clock, limitMs, prepare }: MessageEncoderParts): MessageEncoder =>
  (message, signal) => {
    const ready = prepare(topic, name)
    const encoded =
      ready === undefined ? encodeMessage(topic, name, message) : ready.then(() => encodeMessage(topic, name, message))
    if (!(encoded instanceof Promise)) return encoded
    const late = Promise.withResolvers<never>()
    const timer = clock.after(limitMs, () =>
      late.reject(fail('MILLRACE_PRODUCE_TIMED_OUT', { topic: name, deliveryTimeoutMs: limitMs })),
    )
    const inTime = Promise.race([encoded, late.promise])
    return (signal === undefined ? inTime : orAborted(inTime, signal)).finally(() => timer.cancel())
  }
