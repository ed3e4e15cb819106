import { uniqueName } from '@millrace/testing'
import { type ConsumerRunConfig, Kafka, logLevel } from 'kafkajs'
import type { Side } from '../harness/workload.js'
import type { Drain } from './drain-contest.js'
import { createFinish } from './finish.js'

export type BareLoop = 'eachBatch' | 'eachMessage'

type OnValue = (value: Buffer | null) => void

const loops: Readonly<Record<BareLoop, (handled: OnValue) => ConsumerRunConfig>> = {
  eachBatch: (handled) => ({
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) handled(value)
    },
  }),
  eachMessage: (handled) => ({ eachMessage: async ({ message }) => handled(message.value) }),
}

/** A kafkajs consumer as its users write it, at its best: every partition at once, commits by interval. */
export const bareKafkajs = (drain: Drain, loop: BareLoop): Side => ({
  name: `kafkajs 2.2.4 ${loop}`,
  settings: { partitionsConsumedConcurrently: drain.partitions, autoCommitInterval: drain.commitIntervalMs },
  async run() {
    const { topic, partitions, records, maxBytesPerPartition, commitIntervalMs } = drain
    const finish = createFinish(records)
    const kafka = new Kafka({ brokers: [...drain.brokers], logLevel: logLevel.NOTHING })
    const consumer = kafka.consumer({ groupId: uniqueName('bench-bare'), maxBytesPerPartition, maxWaitTimeInMs: 500 })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      partitionsConsumedConcurrently: partitions,
      autoCommitInterval: commitIntervalMs,
      ...loops[loop]((value) => finish.handled(value)),
    })
    try {
      return await finish.done
    } finally {
      await consumer.disconnect()
    }
  },
})
