import { uniqueName } from '@millrace/testing'
import { bareKafkajs } from '../drain/bare-kafkajs.js'
import { fillTopic } from '../harness/fill-topic.js'
import { checksumOf } from '../harness/order-free-checksum.js'
import { bareClient } from './bare-client.js'
import type { BrokerTask } from './broker-contest.js'

const partitions = 6
const records = 300_000
const valueBytes = 256
const maxBytesPerPartition = 1_048_576
const commitIntervalMs = 1_000

/** A topic that is full before the clock starts, drained by `eachBatch`. */
export function consumeTask(): BrokerTask {
  const topic = uniqueName('bench-broker-consume')
  return {
    expected: { records, checksum: checksumOf(records) },
    settings: { partitions, valueBytes, maxBytesPerPartition, commitIntervalMs },
    async prepare(bootstrap) {
      const admin = bareClient(bootstrap).admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })
      await admin.disconnect()
      await fillTopic({ brokers: bootstrap, topic, partitions, records, valueBytes })
    },
    run: (brokers) =>
      bareKafkajs({ brokers, topic, partitions, records, maxBytesPerPartition, commitIntervalMs }, 'eachBatch').run(),
  }
}
