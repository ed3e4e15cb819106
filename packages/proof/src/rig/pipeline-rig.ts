import {
  type ProbeRecord,
  type RunLine,
  type SeenEnd,
  type SeenTransaction,
  TestKitError,
  uniqueName,
} from '@millrace/testing'
import type { PipelineSettings } from '../child-settings.js'
import { createChildWorkers } from './child-workers.js'
import { createGroupView } from './group-view.js'
import { createProofRig, type ProofCluster, type ProofEvidence, type ProofOptions, type ProofRig } from './proof-rig.js'

/** What is known of a pipeline when it is over, from somebody independent: its input, and everything that came of it. */
export interface PipelineEvidence extends ProofEvidence {
  readonly outputTopic: string
  readonly deadLetterTopic: string
  /** What a `read_committed` reader finds afterwards. Dead letters are the `letters`. */
  readonly outputs: readonly ProbeRecord[]
  /** What a `read_committed` reader was given while it all happened. */
  readonly during: { readonly outputs: readonly ProbeRecord[]; readonly letters: readonly ProbeRecord[] }
  /** Records that only a `read_uncommitted` reader finds: of transactions that were aborted. */
  readonly aborted: Readonly<Record<'input' | 'outputs' | 'letters', readonly ProbeRecord[]>>
  /** What the handlers of another group of millrace were given that reads the outputs. */
  readonly downstream: readonly RunLine[]
  /** Of every log that the transactions write to, read when the last worker had gone. */
  readonly stable: readonly SeenEnd[]
  /** Of the group. */
  readonly transactions: readonly SeenTransaction[]
}

export interface PipelineRig extends Omit<ProofRig, 'evidence'> {
  readonly outputTopic: string
  /** Everything that is open now, in the words of the oracle; to be looked at when the workers have gone. */
  finished(): Promise<Pick<PipelineEvidence, 'stable' | 'transactions'>>
  /** Ends the readers and the worker downstream. The workers of the pipeline have to be gone. */
  evidence(): Promise<PipelineEvidence>
}

export interface PipelineOptions
  extends Omit<ProofOptions, 'pipeline'>,
    Partial<Omit<PipelineSettings, 'outputTopic'>> {}

const usualPipeline = {
  transactionIntervalMs: 100,
  /** Longer than a session, so that the next owner of a partition meets what the last one has left open. */
  transactionTimeoutMs: 7_500,
  sendsOutside: false,
}
const partitionsByDefault = 6
const downstream = 'downstream'

/**
 * A proof rig whose workers are a pipeline, with everybody who watches its outputs: a Java reader beside the faults, and a
 * worker of millrace downstream, which goes through the same faults.
 */
export async function createPipelineRig(cluster: ProofCluster, options: PipelineOptions): Promise<PipelineRig> {
  const { admin, probe, bootstrap } = cluster
  const { transactionIntervalMs, transactionTimeoutMs, sendsOutside, ...others } = { ...usualPipeline, ...options }
  const { partitions = partitionsByDefault } = others
  const outputTopic = uniqueName('invoices')
  const unused = `${outputTopic}.dlq`
  await admin.createTopic(outputTopic, { partitions })
  await admin.createTopic(unused, { partitions })
  const pipeline = { outputTopic, transactionIntervalMs, transactionTimeoutMs, sendsOutside }
  const rig = await createProofRig(cluster, { ...others, partitions, pipeline })
  const group = uniqueName('ledger')
  const audit = await createChildWorkers({
    ...{ brokers: bootstrap, topic: outputTopic, deadLetterTopic: unused, group, pipeline: undefined },
    ...{ handlerMs: 0, verifyTopics: true, commitsAhead: 0, deadLetterTimeoutMs: 30_000 },
    ...{ sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 },
  })
  audit.start(downstream)
  const auditView = createGroupView(admin, group, outputTopic)
  const tails = { outputs: probe.tail(outputTopic), letters: probe.tail(rig.deadLetterTopic) }

  async function finished(): Promise<Pick<PipelineEvidence, 'stable' | 'transactions'>> {
    const ends = [stableEnds(admin, outputTopic), stableEnds(admin, rig.deadLetterTopic), offsetEnds(admin)]
    return {
      transactions: await probe.transactions(rig.group),
      stable: (await Promise.all(ends)).flat(),
    }
  }
  return {
    ...rig,
    outputTopic,
    finished,
    async evidence() {
      await auditView.caughtUp().catch(() => undefined) // what is missing downstream is found by the checks
      await audit.terminate(downstream)
      const open = await finished()
      const evidence = await rig.evidence()
      const outputs = await probe.read(outputTopic)
      const aborted = {
        input: await abortedOf(probe, rig.topic, await probe.read(rig.topic)),
        outputs: await abortedOf(probe, outputTopic, outputs),
        letters: await abortedOf(probe, rig.deadLetterTopic, evidence.letters),
      }
      const during = { outputs: await tails.outputs.finish(), letters: await tails.letters.finish() }
      const lines = await audit.runLines()
      const { deadLetterTopic } = rig
      return { ...evidence, ...open, outputTopic, deadLetterTopic, outputs, during, aborted, downstream: lines }
    },
    async close() {
      await Promise.all([rig.close(), audit.close()])
    },
  }
}

/** The end first: others may write meanwhile (a group its offsets, without any transaction), and that is not held up. */
async function stableEnds(admin: ProofCluster['admin'], topic: string): Promise<readonly SeenEnd[]> {
  const ends = await admin.endOffsets(topic)
  const stable = await admin.endOffsets(topic, { isolation: 'read_committed' })
  return [...ends].map(([partition, end]) => {
    const found = stable.get(partition) ?? -1n
    return { topic, partition, end, lastStable: found < end ? found : end }
  })
}

/** Kafka keeps offsets in a log as well; the embedded broker keeps them elsewhere. */
const offsetEnds = (admin: ProofCluster['admin']): Promise<readonly SeenEnd[]> =>
  stableEnds(admin, '__consumer_offsets').catch((error: unknown) => {
    if (error instanceof TestKitError && error.kafkaError === 'UnknownTopicOrPartitionException') return []
    throw error
  })

/** What a `read_uncommitted` reader sees beyond what is committed. */
async function abortedOf(
  probe: ProofCluster['probe'],
  topic: string,
  committed: readonly ProbeRecord[],
): Promise<readonly ProbeRecord[]> {
  const places = new Set(committed.map(({ partition, offset }) => `${partition}@${offset}`))
  const all = await probe.read(topic, { isolation: 'read_uncommitted' })
  return all.filter(({ partition, offset }) => !places.has(`${partition}@${offset}`))
}
