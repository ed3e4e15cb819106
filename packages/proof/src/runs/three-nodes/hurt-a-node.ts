import { setTimeout as delay } from 'node:timers/promises'
import { type BrokerControl, machineNowMs, stallsIn, uniqueName } from '@millrace/testing'
import { until } from '../../rig/until.js'
import { loadGroup, type Outcome } from './loaded-group.js'
import type { ReplicatedCluster } from './replicated-cluster.js'

export interface Hurt extends Outcome {
  /** The longest time in which a partition with work stood still. */
  readonly stallMs: number
  /** The longest time that a record of the Java producer waited in the same fault: what the brokers needed by themselves. */
  readonly failoverMs: number
}

const awayMs = 12_000
const paceMs = 18_000

/**
 * Takes away the node that coordinates the group and leads a third of its partitions, and gives it back after a while.
 * Beside it Kafka's Java producer writes to partitions of its own, one led by each node.
 */
export async function hurtANode(
  cluster: ReplicatedCluster,
  how: 'killed' | 'frozen',
  signal: AbortSignal,
): Promise<Hurt> {
  const { admin, probe } = cluster
  const yardstick = uniqueName('yardstick')
  const ids = cluster.nodes.map(({ id }) => id)
  const assignment = ids.map((id) => [id, ...ids.filter((other) => other !== id)])
  await admin.createTopic(yardstick, { assignment })
  const load = await loadGroup(cluster, signal)
  const fed = new AbortController()
  const feeding = load.feed(AbortSignal.any([fed.signal, signal]))
  try {
    const victim = await admin.coordinatorOf(load.group)
    const control = cluster.nodes.find(({ id }) => id === victim)?.control
    if (control === undefined) throw new Error(`there is no node ${victim}`)
    const pacing = probe.pace(yardstick, { forMs: paceMs, signal })
    pacing.catch(() => undefined) // it is awaited below
    await delay(1000, undefined, { signal })

    const atMs = machineNowMs()
    await takeAway(control, how)
    try {
      await delay(awayMs, undefined, { signal })
    } finally {
      await giveBack(control, how)
    }
    const paces = await pacing
    const backMs = machineNowMs()
    await untilInSync(cluster, load.topic)
    fed.abort()
    await feeding
    const outcome = await load.finish()
    const inTheWay = stallsIn(outcome.evidence, outcome).filter(
      (stall) => stall.untilMs >= atMs && stall.fromMs <= backMs,
    )
    return {
      ...outcome,
      stallMs: Math.max(0, ...inTheWay.map((stall) => stall.untilMs - Math.max(stall.fromMs, atMs))),
      failoverMs: paces.find(({ partition }) => assignment[partition]?.[0] === victim)?.longestMs ?? 0,
    }
  } finally {
    fed.abort()
    await load.close()
  }
}

export async function takeAway(control: BrokerControl, how: 'killed' | 'frozen'): Promise<void> {
  if (how === 'frozen') control.pause()
  else await control.kill()
}

export async function giveBack(control: BrokerControl, how: 'killed' | 'frozen'): Promise<void> {
  if (how === 'frozen') control.resume()
  else await control.restart()
}

export async function untilInSync({ admin, nodes }: ReplicatedCluster, topic: string): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    const { partitions } = await admin.describeTopic(topic)
    return partitions.every(({ inSync }) => inSync.length === nodes.length) ? true : undefined
  }
  await until('every replica is in sync again', look, { limitMs: 60_000, everyMs: 200 })
}
