import { setTimeout as delay } from 'node:timers/promises'
import { duplicatesIn, machineNowMs } from '@millrace/testing'
import { faultsOf } from '../../rig/faults-of.js'
import { planRecords } from '../../rig/plan-records.js'
import { createProofRig, type ProofEvidence, type ProofRig } from '../../rig/proof-rig.js'
import { until } from '../../rig/until.js'
import type { ReplicatedCluster } from './replicated-cluster.js'

/** What became of a group when it has done everything. */
export interface Outcome {
  readonly evidence: ProofEvidence
  readonly untilMs: number
  readonly rejoins: number
  readonly duplicates: number
  /** What the oracles say; empty when nothing is wrong. */
  readonly wrong: readonly string[]
}

export interface LoadedGroup extends Pick<ProofRig, 'topic' | 'group'> {
  /** Keeps records flowing until `signal` aborts. */
  feed(signal: AbortSignal): Promise<void>
  /** Lets it finish what there is, ends the workers in order, and has everything judged. */
  finish(duplicatesAtMost: number): Promise<Outcome>
  close(): Promise<void>
}

const names = ['a', 'b', 'c']
/** So much that no partition runs out of work while a broker is away. */
const backlog = 24_000
const live = 6_000
const feedEveryMs = 250
const feedAtOnce = 100

/** Three worker processes that share six partitions full of work. Resolves when each of them has begun. */
export async function loadGroup(cluster: ReplicatedCluster, signal: AbortSignal): Promise<LoadedGroup> {
  const records = planRecords(backlog + live)
  const rig = await createProofRig(cluster, { records, perSecond: 15_000, partitions: 6, deliveryTimeoutMs: 120_000 })
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
    async finish(duplicatesAtMost) {
      await rig.producer.finish()
      await rig.caughtUp()
      const untilMs = machineNowMs()
      const rejoins = joined() - joinedBefore
      const ends = await Promise.all(names.map((name) => rig.terminate(name)))
      const evidence = await rig.evidence()
      const unclean = ends.flatMap(({ code }, index) => (code === 0 ? [] : `${names[index]} ended with ${code}`))
      const wrong = [...faultsOf(evidence, { duplicatesAtMost, survivors: rig.workers() }), ...unclean]
      const duplicates = [...duplicatesIn(evidence).values()].reduce((sum, count) => sum + count, 0)
      return { evidence, untilMs, rejoins, duplicates, wrong }
    },
    close: () => rig.close(),
  }
}

const isJoin = ({ signal }: { readonly signal: string }): boolean => signal === 'member.joined'
