import { setTimeout as delay } from 'node:timers/promises'
import { duplicatesIn, machineNowMs, type RecordKind } from '@millrace/testing'
import { pipelineKind } from '../../chaos/run-exactly-once.js'
import { type Expected, faultsOf } from '../../rig/faults-of.js'
import { faultsOfPipeline } from '../../rig/faults-of-pipeline.js'
import { createPipelineRig, type PipelineEvidence, type PipelineRig } from '../../rig/pipeline-rig.js'
import { planRecords } from '../../rig/plan-records.js'
import { createProofRig, type ProofEvidence, type ProofRig } from '../../rig/proof-rig.js'
import { until } from '../../rig/until.js'
import type { ReplicatedCluster } from './replicated-cluster.js'

/** What became of a group when it has done everything. */
export interface Outcome<Seen extends ProofEvidence = ProofEvidence> {
  readonly evidence: Seen
  readonly untilMs: number
  readonly rejoins: number
  readonly duplicates: number
  /** Transactions, as the workers told of them. */
  readonly told: { readonly committed: number; readonly aborted: number; readonly fenced: number }
  /** What the oracles say; empty when nothing is wrong. */
  readonly wrong: readonly string[]
}

export interface LoadedGroup<Seen extends ProofEvidence = ProofEvidence> extends Pick<ProofRig, 'topic' | 'group'> {
  /** Keeps records flowing until `signal` aborts. */
  feed(signal: AbortSignal): Promise<void>
  /** Lets it finish what there is, ends the workers in order, and has everything judged. */
  finish(): Promise<Outcome<Seen>>
  close(): Promise<void>
}

/** A rig, whatever its workers do. */
type Loadable<Seen extends ProofEvidence> = Omit<ProofRig, 'evidence'> & { evidence(): Promise<Seen> }
type Judge<Seen extends ProofEvidence> = (evidence: Seen, expected: Pick<Expected, 'survivors'>) => readonly string[]

const names = ['a', 'b', 'c']
/** So much that no partition runs out of work while a broker is away. */
const backlog = 24_000
const live = 6_000
const feedEveryMs = 250
const feedAtOnce = 100

const options = (kindAt?: (index: number) => RecordKind) => ({
  records: planRecords(backlog + live, kindAt === undefined ? {} : { kindAt }),
  ...{ perSecond: 15_000, partitions: 6, deliveryTimeoutMs: 120_000 },
})

/** Three worker processes that share six partitions full of work. Resolves when each of them has begun. */
export const loadGroup = async (cluster: ReplicatedCluster, signal: AbortSignal): Promise<LoadedGroup> =>
  load(await createProofRig(cluster, options()), faultsOf, signal)

/** The same with a pipeline, whose transactions have a coordinator of their own. */
export async function loadPipeline(
  cluster: ReplicatedCluster,
  signal: AbortSignal,
): Promise<LoadedGroup<PipelineEvidence> & Pick<PipelineRig, 'outputTopic'>> {
  const rig = await createPipelineRig(cluster, options(pipelineKind))
  return { ...(await load(rig, faultsOfPipeline, signal)), outputTopic: rig.outputTopic }
}

async function load<Seen extends ProofEvidence>(
  rig: Loadable<Seen>,
  judge: Judge<Seen>,
  signal: AbortSignal,
): Promise<LoadedGroup<Seen>> {
  try {
    rig.producer.release(backlog)
    const isThere = () => (rig.producer.sent.length >= backlog ? true : undefined)
    await until('the backlog is acknowledged', isThere, { limitMs: 120_000 })
    for (const name of names) rig.start(name)
    await rig.settled(names)
    await Promise.all(names.map((name) => rig.worked(name, 100)))
    signal.throwIfAborted()
  } catch (error) {
    await rig.close()
    throw error
  }
  const joined = (): number =>
    rig.workers().reduce((sum, worker) => sum + worker.announcements.filter(isJoin).length, 0)
  const joinedBefore = joined()

  return {
    ...{ topic: rig.topic, group: rig.group },
    async feed(ended) {
      while (!ended.aborted) {
        rig.producer.release(feedAtOnce)
        await delay(feedEveryMs, undefined, { signal: ended }).catch(() => undefined) // it ends with the signal
      }
    },
    async finish() {
      await rig.producer.finish()
      await rig.caughtUp().catch(() => undefined) // what is left is found by the checks, with its place
      const untilMs = machineNowMs()
      const rejoins = joined() - joinedBefore
      const ends = await Promise.all(names.map((name) => rig.terminate(name)))
      const evidence = await rig.evidence()
      const unclean = ends.flatMap(({ code }, index) => (code === 0 ? [] : `${names[index]} ended with ${code}`))
      const wrong = [...judge(evidence, { survivors: rig.workers() }), ...unclean]
      const duplicates = [...duplicatesIn(evidence).values()].reduce((sum, count) => sum + count, 0)
      const said = (wanted: string): number =>
        rig
          .workers()
          .reduce((sum, { announcements }) => sum + announcements.filter((one) => one.signal === wanted).length, 0)
      const [committed, aborted, fenced] = [
        said('transaction.committed'),
        said('transaction.aborted'),
        said('transaction.fenced'),
      ]
      return { evidence, untilMs, rejoins, duplicates, wrong, told: { committed, aborted, fenced } }
    },
    close: () => rig.close(),
  }
}

const isJoin = ({ signal }: { readonly signal: string }): boolean => signal === 'member.joined'
