import type { Serde } from '../declare/serde.js'
import type { AnyTopic } from '../declare/topic.js'
import { fail, isMillraceError } from '../millrace-error.js'
import { describeError, errorFrom } from '../observe/thrown.js'
import { encodePart, toPairs } from './encode-record.js'
import type { ProducerMessage } from './producer.js'
import type { OutgoingRecord } from './sender.js'

/**
 * A message of a user as the record it becomes, under the name that its topic has in the cluster.
 * @throws MillraceError `MILLRACE_ENCODE_FAILED` for whatever a serde throws that has no code of ours
 */
export async function encodeMessage(
  topic: AnyTopic,
  name: string,
  { key, value, headers, partition, timestamp }: ProducerMessage<unknown, unknown>,
): Promise<OutgoingRecord> {
  return {
    topic: name,
    key: key === null ? null : await encode(topic.key, key, name, 'key'),
    value: value === null && topic.tombstones ? null : await encode(topic.value, value, name, 'value'),
    headers: toPairs(headers),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
  }
}

/** Whatever a serde throws: a producer has no retry policy that would have to tell a wrong value from a registry that is away. */
async function encode(
  serde: Serde<unknown, never>,
  value: unknown,
  topic: string,
  part: 'key' | 'value',
): Promise<Buffer> {
  try {
    return await encodePart(serde, value, topic, part)
  } catch (cause) {
    if (isMillraceError(cause)) throw cause
    throw fail('MILLRACE_ENCODE_FAILED', { topic, part, reason: describeError(errorFrom(cause)).message }, { cause })
  }
}
