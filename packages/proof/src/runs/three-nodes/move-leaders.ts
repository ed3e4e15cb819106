import { setTimeout as delay } from 'node:timers/promises'
import { loadGroup, type Outcome } from './loaded-group.js'
import type { ReplicatedCluster } from './replicated-cluster.js'

export interface Moves extends Outcome {
  readonly leaderMoves: number
  /** How often another node became the coordinator of the group. */
  readonly coordinatorMoves: number
}

const rounds = 2
const betweenMs = 300

/** Moves the leader of every partition, and of the partitions that hold the group, to the next node, several times. */
export async function moveLeaders(cluster: ReplicatedCluster, signal: AbortSignal): Promise<Moves> {
  const { admin } = cluster
  const load = await loadGroup(cluster, signal)
  const fed = new AbortController()
  const feeding = load.feed(AbortSignal.any([fed.signal, signal]))
  try {
    let leaderMoves = 0
    let coordinatorMoves = 0
    let coordinator = await admin.coordinatorOf(load.group)
    for (let round = 0; round < rounds; round += 1) {
      for (const topic of [load.topic, '__consumer_offsets']) {
        for (const { partition, leader } of (await admin.describeTopic(topic)).partitions) {
          signal.throwIfAborted()
          await admin.moveLeader(topic, partition, ((leader ?? 0) % cluster.nodes.length) + 1)
          leaderMoves += 1
          const now = await admin.coordinatorOf(load.group)
          if (now !== coordinator) coordinatorMoves += 1
          coordinator = now
          await delay(betweenMs, undefined, { signal })
        }
      }
    }
    fed.abort()
    await feeding
    return { ...(await load.finish()), leaderMoves, coordinatorMoves }
  } finally {
    fed.abort()
    await load.close()
  }
}
