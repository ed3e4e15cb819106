import { setTimeout as delay } from 'node:timers/promises'
import type { Probe } from '@millrace/testing'
import type { PipelineEvidence } from '../../rig/pipeline-rig.js'
import { until } from '../../rig/until.js'
import { giveBack, takeAway, untilInSync } from './hurt-a-node.js'
import { loadPipeline, type Outcome } from './loaded-group.js'
import type { ReplicatedCluster } from './replicated-cluster.js'

export const transactionFaults = ['moved', 'killed', 'frozen'] as const
export type TransactionFault = (typeof transactionFaults)[number]

export interface HurtTransactions extends Outcome<PipelineEvidence> {
  readonly leaderMoves: number
  /** How often a transactional id was found with another coordinator than before. */
  readonly coordinatorMoves: number
}

const awayMs = 12_000
const betweenMs = 300

/**
 * A pipeline under load, while the leaders of everything that a transaction touches are moved, its coordinators among them, or
 * while the node that coordinates the transactions of one worker dies or freezes, and comes back.
 */
export async function hurtTransactions(
  cluster: ReplicatedCluster,
  fault: TransactionFault,
  signal: AbortSignal,
): Promise<HurtTransactions> {
  const load = await loadPipeline(cluster, signal)
  const fed = new AbortController()
  const feeding = load.feed(AbortSignal.any([fed.signal, signal]))
  try {
    const topics = [load.topic, load.outputTopic, '__consumer_offsets', '__transaction_state']
    const moves =
      fault === 'moved'
        ? await moveAll(cluster, { topics, group: load.group, signal })
        : await hurtCoordinator(cluster, { how: fault, group: load.group, signal })
    await untilInSync(cluster, load.topic)
    fed.abort()
    await feeding
    return { ...(await load.finish()), ...moves }
  } finally {
    fed.abort()
    await load.close()
  }
}

interface OfGroup {
  readonly group: string
  readonly signal: AbortSignal
}
type Moves = Pick<HurtTransactions, 'leaderMoves' | 'coordinatorMoves'>

async function moveAll(
  { admin, probe, nodes }: ReplicatedCluster,
  { topics, group, signal }: OfGroup & { readonly topics: readonly string[] },
): Promise<Moves> {
  let [leaderMoves, coordinatorMoves] = [0, 0]
  let before = await coordinatorsOf(probe, group)
  for (const topic of topics) {
    for (const { partition, leader } of (await admin.describeTopic(topic)).partitions) {
      signal.throwIfAborted()
      await admin.moveLeader(topic, partition, ((leader ?? 0) % nodes.length) + 1)
      leaderMoves += 1
      const now = await coordinatorsOf(probe, group)
      for (const [id, node] of now) if ((before.get(id) ?? node) !== node) coordinatorMoves += 1
      before = now
      await delay(betweenMs, undefined, { signal })
    }
  }
  return { leaderMoves, coordinatorMoves }
}

async function hurtCoordinator(
  { nodes, probe }: ReplicatedCluster,
  { how, group, signal }: OfGroup & { readonly how: 'killed' | 'frozen' },
): Promise<Moves> {
  const before = await coordinatorsOf(probe, group)
  const [victim] = before.values()
  const control = nodes.find(({ id }) => id === victim)?.control
  if (control === undefined) throw new Error(`there is no node ${victim}`)
  await takeAway(control, how)
  try {
    await delay(awayMs, undefined, { signal })
  } finally {
    await giveBack(control, how)
  }
  const after = await coordinatorsOf(probe, group)
  return { leaderMoves: 0, coordinatorMoves: [...before].filter(([id, node]) => after.get(id) !== node).length }
}

/** Node by transactional id. While a coordinator is on its way, it is asked again. */
async function coordinatorsOf(probe: Probe, group: string): Promise<ReadonlyMap<string, number>> {
  const look = async (): Promise<ReadonlyMap<string, number> | undefined> => {
    const all = await probe.transactions(group).catch(() => [])
    return all.length === 0
      ? undefined
      : new Map(all.map(({ transactionalId, coordinator }) => [transactionalId, coordinator]))
  }
  return until('the coordinators of the transactions are known', look, { limitMs: 60_000, everyMs: 200 })
}
