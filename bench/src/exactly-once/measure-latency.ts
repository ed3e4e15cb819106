import { setTimeout as wait } from 'node:timers/promises'
import { bytes, createWorker, defineConsumer, handle, silentLogger, topic } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { uniqueName } from '@millrace/testing'
import type { BenchBroker } from '../harness/open-broker.js'
import { copyingWorker } from './pipeline.js'

export interface Latency {
  readonly intervalMs: number
  readonly perSecond: number
  readonly seconds: number
  readonly partitions: number
}

const valueBytes = 256
const tickMs = 5
/** Joining, the first fetches and the compiler are not what is measured. */
const warmUpSeconds = 3

/**
 * How long records need from the moment at which they were due to be produced until a `read_committed` reader behind the
 * pipeline has them, sorted. An open loop: a record that is late at its producer counts from when it was due.
 */
export async function measureLatency(broker: BenchBroker, options: Latency): Promise<readonly number[]> {
  const { intervalMs, perSecond, seconds, partitions } = options
  const { bootstrap: brokers, admin } = broker
  const [source, sink] = [uniqueName('bench-source'), uniqueName('bench-sink')]
  for (const name of [source, sink, `${sink}.dlq`]) await admin.createTopic(name, { partitions })
  const total = perSecond * (seconds + warmUpSeconds)
  const latencies: number[] = []
  const done = Promise.withResolvers<void>()
  let seen = 0

  const onOutput = (value: Buffer): void => {
    seen += 1
    if (seen > perSecond * warmUpSeconds) latencies.push(performance.now() - value.readDoubleBE(0))
    if (seen === total) done.resolve()
  }
  const to = topic(sink, { key: bytes, value: bytes })
  const reading = defineConsumer({
    group: uniqueName('bench-reader'),
    handlers: [handle(to, { onExhausted: 'halt' }, onOutput)],
  })
  const reader = createWorker({
    ...{ consumers: [reading], driver: createKafkajsDriver({ brokers }), logger: silentLogger },
  })
  const copying = { brokers, source, partitions, records: total, intervalMs, transactionRecords: 100_000 }
  const pipeline = copyingWorker(copying, { sink, deadLetters: `${sink}.dlq`, delivery: 'exactly-once' })
  await Promise.all([reader.start(), pipeline.start()])
  try {
    await produceAtPace(brokers, source, { total, perSecond, partitions })
    await done.promise
  } finally {
    await Promise.all([reader.stop(), pipeline.stop()])
  }
  return latencies.toSorted((a, b) => a - b)
}

async function produceAtPace(
  brokers: readonly string[],
  source: string,
  { total, perSecond, partitions }: { readonly total: number; readonly perSecond: number; readonly partitions: number },
): Promise<void> {
  const driver = createKafkajsDriver({ brokers })
  const sender = await driver.openSender({ compression: 'none' })
  const startedAt = performance.now()
  const sends: Promise<unknown>[] = []
  for (let at = 0; at < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1000))
    for (; at < due; at += 1) {
      const value = Buffer.alloc(valueBytes)
      value.writeDoubleBE(startedAt + (at * 1000) / perSecond)
      sends.push(sender.send({ topic: source, partition: at % partitions, key: null, value }))
    }
    await wait(tickMs)
  }
  await Promise.all(sends)
  await sender.close()
  await driver.close()
}
