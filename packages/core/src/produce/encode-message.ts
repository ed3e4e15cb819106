import type { Serde } from '../declare/serde.js'
import type { AnyTopic } from '../declare/topic.js'
import { fail, isMillraceError } from '../millrace-error.js'
import { describeError, errorFrom } from '../observe/thrown.js'
import { encodePart, toPairs } from './encode-record.js'
import type { ProducerMessage } from './producer.js'
import type { OutgoingRecord } from './sender.js'

/**
 * A message of a user as the record it becomes, under the name that its topic has in the cluster; a promise only where a serde
 * makes one.
 * @throws MillraceError `MILLRACE_ENCODE_FAILED` for whatever a serde throws that has no code of ours
 */
export function encodeMessage(
  topic: AnyTopic,
  name: string,
  { key, value, headers, partition, timestamp }: ProducerMessage<unknown, unknown>,
): OutgoingRecord | Promise<OutgoingRecord> {
  const rest = {
    topic: name,
    headers: toPairs(headers),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
  }
  const keyBytes = key === null ? null : encode(topic.key, key, name, 'key')
  if (keyBytes instanceof Promise) keyBytes.catch(() => undefined) // told below; not if the value throws before
  const valueBytes = value === null && topic.tombstones ? null : encode(topic.value, value, name, 'value')
  if (!(keyBytes instanceof Promise) && !(valueBytes instanceof Promise))
    return { key: keyBytes, value: valueBytes, ...rest }
  return Promise.all([keyBytes, valueBytes]).then(([whenKey, whenValue]) => ({
    key: whenKey,
    value: whenValue,
    ...rest,
  }))
}

/** Whatever a serde throws: a producer has no retry policy that would have to tell a wrong value from a registry that is away. */
function encode(
  serde: Serde<unknown, never>,
  value: unknown,
  topic: string,
  part: 'key' | 'value',
): Buffer | Promise<Buffer> {
  const refuse = (cause: unknown): never => {
    if (isMillraceError(cause)) throw cause
    throw fail('MILLRACE_ENCODE_FAILED', { topic, part, reason: describeError(errorFrom(cause)).message }, { cause })
  }
  try {
    const encoded = encodePart(serde, value, topic, part)
    return encoded instanceof Promise ? encoded.catch(refuse) : encoded
  } catch (cause) {
    return refuse(cause)
  }
}
