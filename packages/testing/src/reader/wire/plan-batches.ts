import type { BatchRecord } from './encode-batch.js'
import type { ProducerSettings } from './producer-settings.js'
import { partitionOf, type WireFixture } from './wire-fixture.js'

/** A record with its place in the call. */
export interface PlannedRecord extends BatchRecord {
  readonly index: number
}

/** By partition, batches that follow each other. */
export type Round = ReadonlyMap<number, readonly (readonly PlannedRecord[])[]>

/** Length, deltas and counts of a record, generously. */
const recordOverhead = 32

const sizeOf = ({ key, value, headers }: BatchRecord): number =>
  headers.reduce(
    (sum, [name, content]) => sum + name.length + (content?.length ?? 0) + 10,
    recordOverhead + (key?.length ?? 0) + (value?.length ?? 0),
  )

/**
 * Records in batches, in rounds one after the other: each round ends after so many records of the call (Java's `flush()`), each
 * batch when it is full.
 */
export function* planBatches(
  fixtures: readonly WireFixture[],
  partitions: number,
  { batchBytes, recordsPerRound }: Pick<ProducerSettings, 'batchBytes' | 'recordsPerRound'>,
): Generator<Round> {
  const unkeyed = Math.floor(Math.random() * partitions)
  let round = new Map<number, PlannedRecord[][]>()
  let filled = new Map<number, number>()
  let index = 0
  for (const fixture of fixtures) {
    const [partition, size] = [partitionOf(fixture, partitions, unkeyed), sizeOf(fixture)]
    for (let time = 0; time < fixture.repeat; time += 1) {
      const batches = round.get(partition) ?? []
      round.set(partition, batches)
      const isFull = (filled.get(partition) ?? Number.POSITIVE_INFINITY) + size > batchBytes
      const batch = isFull ? undefined : batches.at(-1)
      filled.set(partition, size + (batch === undefined ? 0 : (filled.get(partition) ?? 0)))
      if (batch === undefined) batches.push([{ ...fixture, index }])
      else batch.push({ ...fixture, index })
      index += 1
      if (index % recordsPerRound > 0) continue
      yield round
      round = new Map()
      filled = new Map()
    }
  }
  if (round.size > 0) yield round
}
