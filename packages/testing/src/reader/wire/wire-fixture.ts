import { partitionForKey } from '../../scripted/partition-for-key.js'
import { base64, integer, list, nullable, pair } from '../json-shape.js'
import type { BatchRecord } from './encode-batch.js'
import { KafkaRefusal } from './kafka-refusal.js'
import type { WireCall } from './wire-call.js'

export interface WireFixture extends BatchRecord {
  /** Undefined: the producer picks one. */
  readonly partition: number | undefined
  readonly repeat: number
}

const headers = list(pair(base64, nullable(base64)))

/** The records of a command, as `encodeFixture` writes them. */
export function fixturesIn(call: WireCall): WireFixture[] {
  const now = BigInt(Date.now())
  return (call.list('records') ?? []).map((entry, index) => {
    if (typeof entry !== 'object' || entry === null) throw new KafkaRefusal('IllegalArgumentException', 'a record')
    const fields = new Map(Object.entries(entry))
    const where = `records[${index}]`
    const optional = (name: string): number | undefined =>
      fields.get(name) === undefined ? undefined : integer(fields.get(name), `${where}.${name}`)
    const timestamp = optional('timestamp')
    return {
      partition: optional('partition'),
      timestamp: timestamp === undefined ? now : BigInt(timestamp),
      key: nullable(base64)(fields.get('key'), `${where}.key`),
      value: nullable(base64)(fields.get('value'), `${where}.value`),
      // As text first, as Java takes them.
      headers: headers(fields.get('headers'), `${where}.headers`).map(([name, value]) => [
        Buffer.from(name.toString('utf8')),
        value,
      ]),
      repeat: optional('repeat') ?? 1,
    }
  })
}

/** Java's: by the key, or for records without one the same partition for a whole batch; here for a whole call. */
export function partitionOf({ partition, key }: WireFixture, partitions: number, unkeyed: number): number {
  return partition ?? (key === null ? unkeyed : partitionForKey(key, partitions))
}
