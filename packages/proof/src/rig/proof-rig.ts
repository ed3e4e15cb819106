import {
  type Evidence,
  type Probe,
  type KafkaAdmin,
  type OriginalRecord,
  type ProbeRecord,
  uniqueName,
} from '@millrace/testing'
import type { ChildSettings } from '../child-settings.js'
import { type ChildWorkers, createChildWorkers } from './child-workers.js'
import { watchCommits } from './commit-watch.js'
import { createGroupView, type GroupView } from './group-view.js'
import { createPacedProducer, type PacedProducer, type ProducerOptions } from './paced-producer.js'

export interface ProofCluster {
  readonly bootstrap: readonly string[]
  readonly admin: KafkaAdmin
  readonly probe: Probe
}

/** Settings of the workers that a test may leave out. */
const usualSettings = {
  handlerMs: 1,
  verifyTopics: true,
  deadLetterTimeoutMs: 30_000,
  commitsAhead: 0,
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 500,
}

export interface ProofOptions
  extends Partial<Pick<ChildSettings, keyof typeof usualSettings | 'pipeline'>>,
    Pick<ProducerOptions, 'records' | 'deliveryTimeoutMs' | 'aborted'> {
  /** How fast they flow once they are released. Default 1,500. */
  readonly perSecond?: number
  /** Default 12. */
  readonly partitions?: number
  /** Default as many as the topic. */
  readonly deadLetterPartitions?: number
}

/** One topic, one group, the worker processes on them, and what an independent reader says about them. */
export interface ProofRig
  extends Omit<ChildWorkers, 'runLines'>,
    Pick<GroupView, 'committed' | 'caughtUp' | 'groupSize' | 'goesOnWithout'> {
  readonly topic: string
  readonly deadLetterTopic: string
  readonly group: string
  readonly producer: PacedProducer
  /** Resolves when exactly these workers share the group, and each of them knows. */
  settled(names: readonly string[]): Promise<void>
  /** What the independent reader and the run logs say. Ends the watch over the commits. */
  evidence(): Promise<ProofEvidence>
}

export interface ProofEvidence extends Evidence {
  /** Of the dead letters. */
  readonly originals: readonly OriginalRecord[]
  readonly letters: readonly ProbeRecord[]
}

export async function createProofRig(cluster: ProofCluster, options: ProofOptions): Promise<ProofRig> {
  const { admin, probe } = cluster
  const { records, deliveryTimeoutMs, aborted, perSecond = 1_500, partitions = 12, ...others } = options
  const { deadLetterPartitions = partitions, pipeline, ...settings } = others
  const [topic, group] = [uniqueName('orders'), uniqueName('billing')]
  const deadLetterTopic = `${topic}.dlq`
  await admin.createTopic(topic, { partitions })
  await admin.createTopic(deadLetterTopic, { partitions: deadLetterPartitions })
  const workers = await createChildWorkers({
    ...{ brokers: cluster.bootstrap, topic, deadLetterTopic, group },
    ...usualSettings,
    ...settings,
    pipeline,
  })
  const producer = createPacedProducer(probe, topic, { records, perSecond, deliveryTimeoutMs, aborted })
  const view = createGroupView(admin, group, topic)
  const watch = watchCommits(admin, group)

  return {
    ...workers,
    ...view,
    ...{ topic, deadLetterTopic, group, producer },
    settled: (names) =>
      view.shared(
        names.map((name) => workers.worker(name)),
        partitions,
      ),
    async evidence() {
      await watch.stop()
      const letters = await probe.read(deadLetterTopic)
      const deadLetters = letters.map((letter) => ({ source: sourceOf(letter) }))
      const originals = await originalsOf(probe, topic, deadLetters)
      const endOffsets = [...(await admin.endOffsets(topic))]
      const ends = endOffsets.map(([partition, endOffset]) => ({ topic, partition, endOffset }))
      const lines = await workers.runLines()
      return { sent: producer.sent, lines, deadLetters, commits: watch.seen, ends, originals, letters }
    },
    async close() {
      await workers.close()
      await watch.stop().catch(() => undefined) // the broker may be gone by now
    },
  }
}

/** One partition after the other: all records of a long run at once would not fit in memory. */
async function originalsOf(
  probe: Probe,
  topic: string,
  deadLetters: Evidence['deadLetters'],
): Promise<readonly OriginalRecord[]> {
  const wanted = new Set(deadLetters.map(({ source }) => `${source.partition}@${source.offset}`))
  const originals: OriginalRecord[] = []
  for (const partition of new Set(deadLetters.map(({ source }) => source.partition))) {
    const records = await probe.read(topic, { partitions: [partition] })
    const kept = records.filter(({ offset }) => wanted.has(`${partition}@${offset}`))
    for (const record of kept) originals.push({ ...record, topic })
  }
  return originals
}

/** Where a dead letter says it comes from. Its last header of a name counts. */
function sourceOf({ headers }: ProbeRecord): { topic: string; partition: number; offset: bigint } {
  const text = (wanted: string): string =>
    headers.findLast(([name]) => name.toString() === wanted)?.[1]?.toString() ?? ''
  return {
    topic: text('source-topic'),
    partition: Number(text('source-partition')),
    offset: BigInt(text('source-offset')),
  }
}
