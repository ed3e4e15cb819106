import { bytes, createWorker, defineConsumer, handle, silentLogger, topic } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { uniqueName } from '@millrace/testing'
import { Kafka, logLevel } from 'kafkajs'
import { fillTopic } from '../harness/fill-topic.js'
import { openBroker } from '../harness/open-broker.js'
import { checksumOf, createChecksum } from '../harness/order-free-checksum.js'
import { createStopwatch } from '../harness/stopwatch.js'
import type { Run, Side, Workload } from '../harness/workload.js'

const partitions = 6
const records = 200_000
const valueBytes = 256
const maxBytesPerPartition = 1_048_576
const commitIntervalMs = 200
const topicName = uniqueName('bench-drain')

/** Counts records, and tells when the last one was handled and how long it took since the first. */
function createFinish() {
  const checksum = createChecksum()
  const watch = createStopwatch()
  const done = Promise.withResolvers<Run>()
  return {
    done: done.promise,
    handled(value: Buffer | null): void {
      if (checksum.records === 0) watch.start()
      if (checksum.add(value?.readUInt32BE(0) ?? 0) === records)
        done.resolve({ records, checksum: String(checksum), ...watch.stop() })
    },
  }
}

const millrace = (brokers: readonly string[]): Side => ({
  name: 'millrace worker',
  settings: { buffers: 'defaults', handler: 'no-op, bytes serde' },
  async run() {
    const finish = createFinish()
    const Records = topic(topicName, { key: bytes, value: bytes })
    const consumer = defineConsumer({
      group: uniqueName('bench-ours'),
      handlers: [handle(Records, { onExhausted: 'halt' }, (value) => finish.handled(value))],
    })
    const worker = createWorker({
      consumers: [consumer],
      driver: createKafkajsDriver({ brokers }),
      logger: silentLogger,
    })
    await worker.start()
    const run = await finish.done
    await worker.stop()
    return run
  },
})

const bareEachBatch = (brokers: readonly string[]): Side => ({
  name: 'kafkajs 2.2.4 eachBatch',
  settings: { partitionsConsumedConcurrently: partitions, autoCommitInterval: commitIntervalMs },
  async run() {
    const finish = createFinish()
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
    const consumer = kafka.consumer({ groupId: uniqueName('bench-bare'), maxBytesPerPartition, maxWaitTimeInMs: 500 })
    await consumer.connect()
    await consumer.subscribe({ topic: topicName, fromBeginning: true })
    await consumer.run({
      partitionsConsumedConcurrently: partitions,
      autoCommitInterval: commitIntervalMs,
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) finish.handled(value)
      },
    })
    const run = await finish.done
    await consumer.disconnect()
    return run
  },
})

/** A topic is read from its beginning to its end with a handler that does next to nothing. */
export const workload: Workload = {
  kind: 'paired',
  title: 'drain: a full topic through a no-op handler, against bare kafkajs eachBatch',
  bottleneck: 'the event loop of one process: fetch, decode, hand over, commit',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 0.9 },
  pairs: 10,
  open: async () => {
    const { bootstrap, admin, stop } = await openBroker()
    await admin.createTopic(topicName, { partitions })
    await fillTopic({ brokers: bootstrap, topic: topicName, partitions, records, valueBytes })
    return {
      ours: millrace(bootstrap),
      baseline: bareEachBatch(bootstrap),
      expected: { records, checksum: checksumOf(records) },
      settings: { partitions, valueBytes, headers: 0, maxBytesPerPartition, commitIntervalMs },
      close: stop,
    }
  },
}
