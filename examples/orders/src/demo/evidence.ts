import type { ProbeRecord } from '@millrace/testing'
import type { DemoKafka } from './kafka.js'

/** Where a record is: `3@17` is offset 17 of partition 3. */
export type Place = `${number}@${bigint}`

export interface FoundDeadLetter {
  readonly source: Place
  readonly record: ProbeRecord
}

/** What Kafka holds after the run, read by Kafka's own Java clients. */
export interface Evidence {
  /** The topic, by place, with the customer of each order. */
  readonly records: ReadonlyMap<Place, ProbeRecord>
  readonly deadLetters: readonly FoundDeadLetter[]
  /** Records between the committed offsets and the ends, by group. */
  readonly lag: ReadonlyMap<string, bigint>
}

export const placeOf = (partition: number, offset: bigint): Place => `${partition}@${offset}`

/** The last header of a name as text: later ones win. */
export const headerOf = ({ headers }: ProbeRecord, name: string): string | undefined =>
  headers.findLast(([found]) => found.toString() === name)?.[1]?.toString()

/** `read` maps each group to the topic that it reads. */
export async function gatherEvidence(
  { probe, admin }: Pick<DemoKafka, 'probe' | 'admin'>,
  { topic, deadLetterTopic }: { readonly topic: string; readonly deadLetterTopic: string },
  groups: ReadonlyMap<string, string>,
): Promise<Evidence> {
  const records = await probe.read(topic)
  const dead = await probe.read(deadLetterTopic)
  const lag = new Map<string, bigint>()
  for (const [group, read] of groups) lag.set(group, await lagOf({ admin }, group, read))
  return {
    records: new Map(records.map((record) => [placeOf(record.partition, record.offset), record])),
    deadLetters: dead.map((record) => ({ source: sourceOf(record), record })),
    lag,
  }
}

const sourceOf = (record: ProbeRecord): Place =>
  placeOf(Number(headerOf(record, 'source-partition')), BigInt(headerOf(record, 'source-offset') ?? -1))

/** A group without a committed offset on a partition has all of it before itself. */
export async function lagOf({ admin }: Pick<DemoKafka, 'admin'>, group: string, topic: string): Promise<bigint> {
  const ends = await admin.endOffsets(topic)
  const committed = await committedOf({ admin }, group, topic)
  return [...ends].reduce((sum, [partition, end]) => sum + end - (committed.get(partition) ?? 0n), 0n)
}

/** The next offset of a group by partition. */
export async function committedOf(
  { admin }: Pick<DemoKafka, 'admin'>,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, bigint>> {
  const all = await admin.committed(group)
  return new Map(all.filter((one) => one.topic === topic).map(({ partition, offset }) => [partition, offset]))
}
