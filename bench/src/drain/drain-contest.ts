import { uniqueName } from '@millrace/testing'
import { fillTopic } from '../harness/fill-topic.js'
import { openBroker } from '../harness/open-broker.js'
import { checksumOf } from '../harness/order-free-checksum.js'
import type { Contest } from '../harness/workload.js'
import { bareKafkajs, type BareLoop } from './bare-kafkajs.js'
import { createFinish } from './finish.js'
import { runWorker } from './run-worker.js'

/** What both sides have in common. */
export interface Drain {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly partitions: number
  readonly records: number
  readonly maxBytesPerPartition: number
  readonly commitIntervalMs: number
}

const valueBytes = 256
const headers = 3

/** A topic is read from its beginning to its end with a handler that does next to nothing, by a worker and by kafkajs. */
export async function openDrain(loop: BareLoop): Promise<Contest> {
  const { bootstrap, admin, stop } = await openBroker()
  const drain: Drain = {
    brokers: bootstrap,
    topic: uniqueName('bench-drain'),
    partitions: 6,
    records: 500_000,
    maxBytesPerPartition: 1_048_576,
    commitIntervalMs: 200,
  }
  const { topic, partitions, records, maxBytesPerPartition, commitIntervalMs } = drain
  await admin.createTopic(topic, { partitions })
  await fillTopic({ brokers: bootstrap, topic, partitions, records, valueBytes, headers })
  return {
    ours: {
      name: 'millrace worker',
      settings: { buffers: 'defaults', handler: 'no-op, bytes serde' },
      async run() {
        const finish = createFinish(records)
        return runWorker(drain, (value) => finish.handled(value), finish.done)
      },
    },
    baseline: bareKafkajs(drain, loop),
    expected: { records, checksum: checksumOf(records) },
    settings: { partitions, valueBytes, headers, maxBytesPerPartition, commitIntervalMs },
    close: stop,
  }
}
