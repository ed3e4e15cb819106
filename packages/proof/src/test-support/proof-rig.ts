import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  createWorkerHarness,
  type Evidence,
  type JavaProbe,
  type KafkaAdmin,
  type OriginalRecord,
  type ProbeRecord,
  type SentRecord,
  uniqueName,
  type WorkerExit,
  type WorkerProcess,
} from '@millrace/testing'
import { type ChildSettings, childSettingsVariable } from '../child-settings.js'
import { watchCommits } from './commit-watch.js'
import { createPacedProducer, type PacedProducer } from './paced-producer.js'
import { type PlannedRecord, planRecords } from './plan-records.js'
import { until } from './until.js'

const entry = fileURLToPath(new URL('../../dist/child-worker.js', import.meta.url))

export interface ProofCluster {
  readonly bootstrap: readonly string[]
  readonly admin: KafkaAdmin
  readonly probe: JavaProbe
}

export interface ProofOptions
  extends Partial<Pick<ChildSettings, 'handlerMs' | 'verifyTopics' | 'deadLetterTimeoutMs'>> {
  readonly partitions?: number
  readonly deadLetterPartitions?: number
  readonly records?: readonly PlannedRecord[]
  readonly perSecond?: number
}

/** One topic, one group, and the worker processes on them. */
export interface ProofRig {
  readonly topic: string
  readonly deadLetterTopic: string
  readonly group: string
  readonly producer: PacedProducer
  /** Starts a worker process; `joined` awaits it. */
  start(name: string): WorkerProcess
  worker(name: string): WorkerProcess
  /** Every worker that was started, in order. */
  workers(): readonly WorkerProcess[]
  /** Members of the group, those that wait to join among them. */
  groupSize(): Promise<number>
  /** Resolves when exactly these workers share the group, and each of them knows. */
  settled(names: readonly string[]): Promise<void>
  /** Resolves when a worker has handled so many more records than when this was called. */
  worked(name: string, records: number): Promise<void>
  /** SIGTERM; resolves with how the process ended. */
  terminate(name: string): Promise<WorkerExit>
  committed(): Promise<ReadonlyMap<number, bigint>>
  /** Resolves when everything that was sent is committed. */
  caughtUp(limitMs?: number): Promise<void>
  /** What the independent reader and the run logs say. Ends the watch over the commits. */
  evidence(): Promise<ProofEvidence>
  close(): Promise<void>
}

export interface ProofEvidence extends Evidence {
  readonly originals: readonly OriginalRecord[]
  readonly letters: readonly ProbeRecord[]
}

export async function createProofRig(
  { bootstrap, admin, probe }: ProofCluster,
  options: ProofOptions = {},
): Promise<ProofRig> {
  if (!existsSync(entry)) throw new Error(`${entry} is missing: build first (pnpm build)`)
  const { partitions = 12, deadLetterPartitions = partitions, records = planRecords(0), perSecond = 1_500 } = options
  const [topic, group] = [uniqueName('orders'), uniqueName('billing')]
  const deadLetterTopic = `${topic}.dlq`
  await Promise.all([
    admin.createTopic(topic, { partitions }),
    admin.createTopic(deadLetterTopic, { partitions: deadLetterPartitions }),
  ])
  const { handlerMs = 1, verifyTopics = true, deadLetterTimeoutMs = 30_000 } = options
  const brokers = bootstrap
  const settings: ChildSettings = {
    ...{ brokers, topic, deadLetterTopic, group },
    ...{ handlerMs, verifyTopics, deadLetterTimeoutMs },
  }
  const harness = await createWorkerHarness()
  const workers = new Map<string, WorkerProcess>()
  const producer = createPacedProducer(probe, topic, { records, perSecond })
  const watch = watchCommits(admin, group)

  const worker = (name: string): WorkerProcess => {
    const found = workers.get(name)
    if (found === undefined) throw new Error(`no worker "${name}" was started`)
    return found
  }
  const committed = async (): Promise<ReadonlyMap<number, bigint>> =>
    new Map((await admin.committed(group)).map(({ partition, offset }) => [partition, offset]))
  const linesOf = async (name: string): Promise<number> =>
    (await readFile(harness.runLogOf(name), 'utf8').catch(() => '')).split('\n').length // not there: nothing ran yet

  return {
    ...{ topic, deadLetterTopic, group, producer, worker, committed },
    start(name) {
      const env = { [childSettingsVariable]: JSON.stringify(settings) }
      const started = harness.start(name, { entry, env })
      workers.set(name, started)
      return started
    },
    workers: () => [...workers.values()],
    groupSize: async () => (await admin.describeGroup(group)).members.length,
    async settled(names) {
      await Promise.all(names.map((name) => worker(name).said('member.joined', { timeoutMs: 45_000 })))
      await until(
        `the group is shared by ${names.join(', ')}`,
        async () => {
          const { state, members } = await admin.describeGroup(group)
          const assigned = members.reduce((sum, { assignment }) => sum + assignment.length, 0)
          if (state !== 'Stable' || members.length !== names.length || assigned !== partitions) return undefined
          const held = names.map((name) =>
            worker(name).announcements.findLast(({ signal }) => signal === 'member.joined'),
          )
          const generations = new Set(held.map((joined) => joined?.facts['generation']))
          return generations.size === 1 && !generations.has(undefined) ? true : undefined
        },
        { limitMs: 45_000, everyMs: 100 },
      )
    },
    async worked(name, count) {
      const before = await linesOf(name)
      await until(`${name} has handled ${count} more records`, async () =>
        (await linesOf(name)) >= before + 2 * count ? true : undefined,
      )
    },
    async terminate(name) {
      worker(name).kill('SIGTERM')
      return worker(name).exited
    },
    async caughtUp(limitMs = 60_000) {
      await until(
        'everything is committed',
        async () => {
          const [ends, offsets] = [await admin.endOffsets(topic), await committed()]
          return [...ends].every(([partition, end]) => (offsets.get(partition) ?? 0n) === end) ? true : undefined
        },
        { limitMs, everyMs: 100 },
      )
    },
    async evidence() {
      await watch.stop()
      const originals = (await probe.read(topic)).map((record) => ({ ...record, topic }))
      const letters = await probe.read(deadLetterTopic)
      const ends = [...(await admin.endOffsets(topic))].map(([partition, endOffset]) => ({
        topic,
        partition,
        endOffset,
      }))
      const deadLetters = letters.map((letter) => ({ source: sourceOf(letter) }))
      const lines = await harness.runLines()
      const sent: readonly SentRecord[] = producer.sent
      return { sent, lines, deadLetters, commits: watch.seen, ends, originals, letters }
    },
    async close() {
      await harness.close()
      await watch.stop().catch(() => undefined) // the broker may be gone by now
    },
  }
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
