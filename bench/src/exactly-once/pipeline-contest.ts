import { uniqueName } from '@millrace/testing'
import { fillTopic } from '../harness/fill-topic.js'
import { openBroker } from '../harness/open-broker.js'
import { checksumOf } from '../harness/order-free-checksum.js'
import type { Contest } from '../harness/workload.js'
import { bareTransactions } from './bare-transactions.js'
import { copySide } from './copy-side.js'
import type { Copying } from './pipeline.js'
import { createSinks } from './sinks.js'

const valueBytes = 256
const partitions = 6

export interface PipelineChoice {
  readonly intervalMs: number
  /** Default: so many that the interval alone decides. */
  readonly transactionRecords?: number
  readonly records: number
  /** What exactly-once is compared with. */
  readonly against: 'at-least-once' | 'kafkajs' | 'no poison'
  /** Of so many records one fails for good, on our side. */
  readonly poisonEvery?: number
}

/** A topic is copied to another one exactly once, and in the way that it is compared with. */
export async function openPipelineContest(choice: PipelineChoice): Promise<Contest> {
  const { intervalMs, transactionRecords = 100_000, records, against, poisonEvery } = choice
  const { bootstrap, admin, stop } = await openBroker()
  const source = uniqueName('bench-source')
  await admin.createTopic(source, { partitions })
  await fillTopic({ brokers: bootstrap, topic: source, partitions, records, valueBytes })
  const copying: Copying = { brokers: bootstrap, source, partitions, records, intervalMs, transactionRecords }
  const sinks = createSinks(admin, partitions)
  return {
    ours: copySide(copying, { delivery: 'exactly-once', poisonEvery }, sinks),
    baseline:
      against === 'kafkajs'
        ? bareTransactions(copying, sinks)
        : copySide(copying, { delivery: against === 'no poison' ? 'exactly-once' : against }, sinks),
    expected: { records, checksum: checksumOf(records) },
    settings: { partitions, valueBytes, intervalMs, transactionRecords },
    close: stop,
  }
}
