import type { TopicPlan } from '../declare/plan.js'
import { fail } from '../millrace-error.js'
import type { RawRecord } from '../receive/record.js'
import type { RunContext } from './run-context.js'

/** Decodes key and value. A promise only where a serde made one. Throws, or rejects, with the error of the part that failed. */
export function decodeMessage(
  { name, key, value, tombstones }: TopicPlan,
  record: RawRecord,
  run: RunContext,
): unknown {
  if (record.value === null && !tombstones) throw fail('MILLRACE_DECODE_TOMBSTONE', { topic: name })

  const decodedKey = record.key === null ? null : key.decode(record.key, { topic: name, part: 'key' })
  const message = record.value === null ? null : value.decode(record.value, { topic: name, part: 'value' })
  if (!(decodedKey instanceof Promise) && !(message instanceof Promise)) {
    run.key = decodedKey
    return message
  }
  return Promise.all([decodedKey, message]).then(([k, m]) => {
    run.key = k
    return m
  })
}
