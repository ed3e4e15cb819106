import { int64, integer, object } from './json-shape.js'

export interface FixtureRecord {
  /** Default: Java's own partitioner. */
  readonly partition?: number
  /** Epoch milliseconds. Default now. */
  readonly timestamp?: number
  readonly key?: string | Uint8Array | null
  readonly value: string | Uint8Array | null
  readonly headers?: readonly (readonly [name: string, value: string | Uint8Array | null])[]
  /** Written so many times in a row. Default 1. */
  readonly repeat?: number
}

export interface PartitionOffset {
  readonly partition: number
  readonly offset: bigint
}

export const partitionOffset = object<PartitionOffset>({ partition: integer, offset: int64 })

const encode = (bytes: string | Uint8Array | null | undefined): string | null =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('base64')

export const encodeFixture = ({ partition, timestamp, key, value, headers = [], repeat = 1 }: FixtureRecord) => ({
  partition,
  timestamp,
  key: encode(key),
  value: encode(value),
  headers: headers.map(([name, content]) => [encode(name), encode(content)]),
  repeat,
})
