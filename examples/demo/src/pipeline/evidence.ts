import type { ProbeRecord, SeenEnd, SeenTransaction, Tail } from '@millrace/testing'
import type { DemoKafka } from '../stage/kafka.js'
import { type Groups, lagsOf } from '../stage/progress.js'

/** The topics of the pipeline. */
export interface PipelineTopics {
  readonly orders: string
  readonly invoices: string
  readonly ledger: string
  readonly deadLetters: string
}

export type SinkName = Exclude<keyof PipelineTopics, 'orders'>
export const sinkNames: readonly SinkName[] = ['invoices', 'ledger', 'deadLetters']

/** What Kafka holds after the run, read by the probe. */
export interface PipelineEvidence {
  readonly orders: readonly ProbeRecord[]
  /** What a `read_committed` reader sees of each sink. */
  readonly committed: Readonly<Record<SinkName, readonly ProbeRecord[]>>
  /** What a `read_uncommitted` reader sees of them. */
  readonly uncommitted: Readonly<Record<SinkName, readonly ProbeRecord[]>>
  /** What a `read_committed` reader was given while it happened. */
  readonly beside: Readonly<Record<SinkName, readonly ProbeRecord[]>>
  readonly ends: readonly SeenEnd[]
  readonly transactions: readonly SeenTransaction[]
  /** Records between the committed offsets and the ends, by group. */
  readonly lags: ReadonlyMap<string, bigint>
}

export interface Looked {
  readonly topics: PipelineTopics
  readonly groups: Groups
  readonly tails: Readonly<Record<SinkName, Tail>>
  /** What the transactional ids of the pipeline begin with. */
  readonly transactionalPrefix: string
}

export async function gatherPipelineEvidence(
  kafka: Pick<DemoKafka, 'probe' | 'admin'>,
  { topics, groups, tails, transactionalPrefix }: Looked,
): Promise<PipelineEvidence> {
  const { probe } = kafka
  const [orders, beside, committed, uncommitted, ends, transactions, lags] = await Promise.all([
    probe.read(topics.orders),
    ofEachSink((sink) => tails[sink].finish()),
    ofEachSink((sink) => probe.read(topics[sink])),
    ofEachSink((sink) => probe.read(topics[sink], { isolation: 'read_uncommitted' })),
    Promise.all(sinkNames.map((sink) => endsOf(kafka, topics[sink]))),
    probe.transactions(transactionalPrefix),
    lagsOf(kafka, groups),
  ])
  return { orders, beside, committed, uncommitted, ends: ends.flat(), transactions, lags }
}

async function ofEachSink<Found>(look: (sink: SinkName) => Promise<Found>): Promise<Record<SinkName, Found>> {
  const [invoices, ledger, deadLetters] = await Promise.all([look('invoices'), look('ledger'), look('deadLetters')])
  return { invoices, ledger, deadLetters }
}

async function endsOf({ admin }: Pick<DemoKafka, 'admin'>, topic: string): Promise<readonly SeenEnd[]> {
  const ends = await admin.endOffsets(topic)
  const stable = await admin.endOffsets(topic, { isolation: 'read_committed' })
  return [...ends].map(([partition, end]) => ({ topic, partition, end, lastStable: stable.get(partition) ?? 0n }))
}
