import type { ProbeRecord } from '@millrace/testing'
import type { DemoKafka } from '../stage/kafka.js'
import { type Place, placeOf, sourceOf } from '../stage/place.js'
import { type Groups, lagsOf } from '../stage/progress.js'

export interface FoundDeadLetter {
  readonly source: Place
  readonly record: ProbeRecord
}

/** What Kafka holds after the run, read by the probe. */
export interface Evidence {
  /** The topic, by place, with the customer of each order. */
  readonly records: ReadonlyMap<Place, ProbeRecord>
  readonly deadLetters: readonly FoundDeadLetter[]
  /** Records between the committed offsets and the ends, by group. */
  readonly lags: ReadonlyMap<string, bigint>
}

export async function gatherEvidence(
  kafka: Pick<DemoKafka, 'probe' | 'admin'>,
  { topic, deadLetterTopic }: { readonly topic: string; readonly deadLetterTopic: string },
  groups: Groups,
): Promise<Evidence> {
  const records = await kafka.probe.read(topic)
  const dead = await kafka.probe.read(deadLetterTopic)
  return {
    records: new Map(records.map((record) => [placeOf(record.partition, record.offset), record])),
    deadLetters: dead.map((record) => ({ source: sourceOf(record), record })),
    lags: await lagsOf(kafka, groups),
  }
}
