import type { TopicPlan } from '../declare/plan.js'
import type { SerdeContext } from '../declare/serde.js'
import { fail } from '../millrace-error.js'
import type { RunContext } from './run-context.js'

/** Decodes the value and leaves the key in the context. A promise only where a serde made one. */
export type DecodeMessage = (context: RunContext) => unknown

/** What a record was decoded to before its handler was known, or what was thrown instead. */
export type Decoded =
  | { readonly kind: 'decoded'; readonly key: unknown; readonly message: unknown }
  | { readonly kind: 'failed'; readonly thrown: unknown }

/** Takes what is decoded already, and else decodes. */
export const takeDecoded =
  (decode: DecodeMessage): DecodeMessage =>
  (context) => {
    const { decoded } = context.received
    if (decoded === undefined) return decode(context)
    context.received.decoded = undefined
    if (decoded.kind === 'failed') throw decoded.thrown
    context.key = decoded.key
    return decoded.message
  }

/** Throws, or rejects, with the error of the part that failed. */
export function createDecodeMessage({ name: topic, key, value, tombstones }: TopicPlan): DecodeMessage {
  const keyOf: SerdeContext = { topic, part: 'key' }
  const valueOf: SerdeContext = { topic, part: 'value' }

  return (context) => {
    const { record } = context
    if (record.value === null && !tombstones) throw fail('MILLRACE_DECODE_TOMBSTONE', { topic })

    const decodedKey = record.key === null ? null : key.decode(record.key, keyOf)
    const decodeValue = () => (record.value === null ? null : value.decode(record.value, valueOf))
    // A key on its way must not be left alone by a value that throws: its rejection would have no owner.
    if (decodedKey instanceof Promise) return withKey(context, decodedKey, (async () => decodeValue())())

    const message = decodeValue()
    if (message instanceof Promise) return withKey(context, decodedKey, message)
    context.key = decodedKey
    return message
  }
}

async function withKey(context: RunContext, decodedKey: unknown, message: Promise<unknown>): Promise<unknown> {
  const [key, value] = await Promise.all([decodedKey, message])
  context.key = key
  return value
}
