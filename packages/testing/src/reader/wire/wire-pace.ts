import { setTimeout as delay } from 'node:timers/promises'
import { producerSettings } from './producer-settings.js'
import type { CommandContext } from './wire-call.js'
import type { WireCluster } from './wire-cluster.js'
import { wantedPartitions } from './wire-offsets.js'
import { openWireProducer, type WireProducer } from './wire-producer.js'

/** How long a record is tried for. */
const deliveryLimitMs = 120_000

interface Lane {
  readonly partition: number
  /** When each record was sent that waits for its batch. */
  waiting: number[]
  longestMs: number
}

/**
 * Writes one-byte records to every partition of a topic at a steady pace and tells, by partition, the longest time from a send until
 * its answer: how long a careful producer was held up by whatever happened to the brokers meanwhile.
 */
export async function pace(cluster: WireCluster, { call, limit }: CommandContext): Promise<readonly object[]> {
  const [topic, everyMs, forMs] = [call.text('topic'), call.number('everyMs'), call.number('forMs')]
  const partitions = await wantedPartitions(cluster, call, limit)
  const producer = await openWireProducer(cluster, producerSettings(call), { transactionalId: undefined, limit })
  const lanes = partitions.map((partition): Lane => ({ partition, waiting: [], longestMs: -1 }))
  let failed = 0
  const done = new AbortController()
  const draining = lanes.map(async (lane) => {
    while (!done.signal.aborted || lane.waiting.length > 0) {
      if (lane.waiting.length === 0) await delay(everyMs)
      else failed += await drain(producer, topic, lane, limit)
    }
  })
  const endMs = performance.now() + forMs
  while (performance.now() < endMs && !limit.aborted) {
    for (const { waiting } of lanes) waiting.push(performance.now())
    await delay(everyMs)
  }
  done.abort()
  await Promise.all(draining)
  return lanes
    .filter(({ longestMs }) => longestMs >= 0)
    .map(({ partition, longestMs }) => ({ partition, longestMs: Math.round(longestMs), failed }))
}

/** One batch of what waits; how many records of it were given up. */
async function drain(producer: WireProducer, topic: string, lane: Lane, limit: AbortSignal): Promise<number> {
  const sentMs = lane.waiting
  lane.waiting = []
  const record = { timestamp: BigInt(Date.now()), key: null, value: Buffer.of(1), headers: [] }
  const patience = AbortSignal.any([limit, AbortSignal.timeout(deliveryLimitMs)])
  const records = sentMs.map(() => record)
  const isStored = await producer.sendBatch(topic, lane.partition, records, patience).then(
    () => true,
    () => false, // counted, as a callback with an error is in Java
  )
  lane.longestMs = Math.max(lane.longestMs, performance.now() - (sentMs[0] ?? performance.now()))
  return isStored ? 0 : sentMs.length
}
