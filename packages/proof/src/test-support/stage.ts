import {
  checkDeadLetters,
  type FixtureRecord,
  type Probe,
  type KafkaAdmin,
  type OriginalRecord,
  type ProbeRecord,
  type ProduceOptions,
  uniqueName,
} from '@millrace/testing'

export interface StageCluster {
  readonly admin: KafkaAdmin
  readonly probe: Probe
}

/** The topics and the group of one test, written and read by Kafka's Java clients. */
export interface Stage {
  readonly topic: string
  /** As `deadLetter: true` names it. */
  readonly deadLetterTopic: string
  readonly group: string
  produce(records: readonly FixtureRecord[], options?: ProduceOptions): Promise<void>
  /** Next offset by partition. */
  committed(): Promise<Record<number, number>>
  /** Log end by partition. */
  ends(): Promise<Record<number, number>>
  originals(): Promise<readonly OriginalRecord[]>
  /** Throws when one of them differs from its original in a byte, or lacks a header. */
  deadLetters(): Promise<readonly ReadLetter[]>
}

export interface ReadLetter {
  readonly partition: number
  /** The last value of a name, which is ours. */
  readonly header: (name: string) => string | undefined
  /** `partition/offset` of its original. */
  readonly source: string
}

export async function createStage(
  { admin, probe }: StageCluster,
  { partitions = 1 }: { readonly partitions?: number } = {},
): Promise<Stage> {
  const [topic, group] = [uniqueName('work'), uniqueName('proof')]
  const deadLetterTopic = `${topic}.${group}.dlq`
  await Promise.all([admin.createTopic(topic, { partitions }), admin.createTopic(deadLetterTopic, { partitions })])
  const originals = async (): Promise<readonly OriginalRecord[]> =>
    (await probe.read(topic)).map((record) => ({ ...record, topic }))

  return {
    ...{ topic, deadLetterTopic, group, originals },
    async produce(records, options) {
      await probe.produce(topic, records, options)
    },
    async committed() {
      const found = await admin.committed(group)
      return byPartition(found.filter((one) => one.topic === topic).map((one) => [one.partition, one.offset]))
    },
    ends: async () => byPartition(await admin.endOffsets(topic)),
    async deadLetters() {
      const [written, letters] = await Promise.all([originals(), probe.read(deadLetterTopic)])
      const faults = checkDeadLetters(written, letters).map(({ text }) => text)
      if (faults.length > 0) throw new Error(faults.join('\n'))
      return letters.map(readLetter)
    },
  }
}

const byPartition = (offsets: Iterable<readonly [number, bigint]>): Record<number, number> =>
  Object.fromEntries([...offsets].map(([partition, offset]) => [partition, Number(offset)]))

function readLetter({ partition, headers }: ProbeRecord): ReadLetter {
  const header = (name: string): string | undefined =>
    headers.findLast(([key]) => key.toString('utf8') === name)?.[1]?.toString('utf8')
  return { partition, header, source: `${header('source-partition')}/${header('source-offset')}` }
}
