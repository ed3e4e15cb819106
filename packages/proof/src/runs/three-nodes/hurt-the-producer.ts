import { setTimeout as delay } from 'node:timers/promises'
import { uniqueName } from '@millrace/testing'
import {
  createProducer,
  type DeliveryReport,
  isMillraceError,
  type Producer,
  silentLogger,
  topic,
  utf8,
} from 'millrace'
import { giveBack, takeAway, untilInSync } from './hurt-a-node.js'
import { judgeSent } from './judge-sent.js'
import type { ReplicatedCluster } from './replicated-cluster.js'

export const producerFaults = ['moved', 'killed', 'frozen'] as const
export type ProducerFault = (typeof producerFaults)[number]

/** What became of a producer of users whose brokers were taken away under it. */
export interface HurtProducer {
  readonly acknowledged: number
  /** Codes of the sends that were rejected, with how often. */
  readonly rejected: ReadonlyMap<string, number>
  /** The longest time from a call to its answer. */
  readonly longestMs: number
  readonly wrong: readonly string[]
}

const partitions = 6
const keys = 60
const groupSize = 50
const betweenMs = 20
const loadMs = 3_000
const awayMs = 8_000

const topicOf = (name: string) => topic(name, { key: utf8, value: utf8 })

/**
 * Two callers send groups without a pause while leaders move, or one node of three is killed or frozen and comes back. What the log
 * holds then is read by Kafka's Java consumer: each acknowledged record once, where its report says, each key in the order of the calls.
 */
export async function hurtTheProducer(
  cluster: ReplicatedCluster,
  fault: ProducerFault,
  signal: AbortSignal,
): Promise<HurtProducer> {
  const name = uniqueName('producer')
  await cluster.admin.createTopic(name, { partitions })
  const env = { KAFKA_BROKERS: cluster.bootstrap.join(',') }
  await using producer = createProducer(topicOf(name), { env, logger: silentLogger })
  const load = startLoad(producer)
  try {
    await delay(loadMs, undefined, { signal })
    if (fault === 'moved') await moveEveryLeader(cluster, name, signal)
    else await takeLeaderAway(cluster, name, fault, signal)
    await delay(loadMs, undefined, { signal })
  } finally {
    await load.stop()
  }
  await untilInSync(cluster, name)
  const { reports, rejected, longestMs } = load
  const wrong = judgeSent(reports, await cluster.probe.read(name), { mayHoldMore: rejected.size > 0 })
  return { acknowledged: reports.size, rejected, longestMs: longestMs(), wrong }
}

async function moveEveryLeader({ admin, nodes }: ReplicatedCluster, name: string, signal: AbortSignal): Promise<void> {
  for (const { partition, leader } of (await admin.describeTopic(name)).partitions) {
    await admin.moveLeader(name, partition, ((leader ?? 0) % nodes.length) + 1)
    await delay(300, undefined, { signal })
  }
}

async function takeLeaderAway(
  { admin, nodes }: ReplicatedCluster,
  name: string,
  how: 'killed' | 'frozen',
  signal: AbortSignal,
): Promise<void> {
  const leader = await admin.leaderOf(name, 0)
  const control = nodes.find(({ id }) => id === leader)?.control
  if (control === undefined) throw new Error(`there is no node ${leader}`)
  await takeAway(control, how)
  try {
    await delay(awayMs, undefined, { signal })
  } finally {
    await giveBack(control, how)
  }
}

function startLoad(producer: Producer<ReturnType<typeof topicOf>>) {
  const reports = new Map<string, DeliveryReport>()
  const rejected = new Map<string, number>()
  let next = 0
  let longest = 0
  let isOver = false

  async function sendOne(value: string): Promise<void> {
    const from = performance.now()
    try {
      reports.set(value, await producer.send({ key: `k${Number(value) % keys}`, value }))
    } catch (error) {
      const code = isMillraceError(error) ? error.code : String(error)
      rejected.set(code, (rejected.get(code) ?? 0) + 1)
    }
    longest = Math.max(longest, performance.now() - from)
  }
  async function caller(): Promise<void> {
    while (!isOver) {
      await Promise.all(Array.from({ length: groupSize }, () => sendOne(String(next++))))
      await delay(betweenMs) // so that the log can be read and judged in seconds
    }
  }
  const running = Promise.all([caller(), caller()])
  return {
    reports,
    rejected,
    longestMs: () => longest,
    async stop() {
      isOver = true
      await running
    },
  }
}
