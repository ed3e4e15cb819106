import { uniqueName } from '@millrace/testing'
import { Kafka, logLevel, type Message } from 'kafkajs'
import { createStopwatch } from '../harness/stopwatch.js'
import type { Run, Side } from '../harness/workload.js'
import type { Copying } from './pipeline.js'
import { readSinks } from './read-sink.js'
import type { Sinks } from './sinks.js'

/** Without them a transaction that follows another closely waits for 300 ms (K16): kafkajs at its best. */
const retry = { initialRetryTime: 5, maxRetryTime: 200, retries: 20 }

/** kafkajs as its documentation shows it: one transaction per batch, one batch at a time, because a producer has one at a time. */
export const bareTransactions = ({ brokers, source, records }: Copying, sinks: Sinks): Side => ({
  name: 'kafkajs 2.2.4, a transaction per batch',
  settings: { initialRetryTime: retry.initialRetryTime, partitionsConsumedConcurrently: 1 },
  async run(): Promise<Run> {
    const sink = await sinks.create(uniqueName('bench-sink'))
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry })
    const groupId = uniqueName('bench-bare')
    const producer = kafka.producer({ transactionalId: groupId, maxInFlightRequests: 1, idempotent: true, retry })
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 500, retry })
    const watch = createStopwatch()
    const done = Promise.withResolvers<Pick<Run, 'seconds' | 'cpuSeconds'>>()
    let committed = 0
    consumer.on('consumer.group_join', () => watch.start())
    consumer.on('consumer.crash', ({ payload }) => done.reject(payload.error))
    await Promise.all([producer.connect(), consumer.connect()])
    await consumer.subscribe({ topic: source, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        const { batch } = payload
        const { messages, partition } = batch
        const last = batch.lastOffset()
        const outputs = messages.map(({ key, value, timestamp }): Message => ({ key, value, timestamp }))
        const transaction = await producer.transaction()
        await transaction.send({ topic: sink, messages: outputs })
        const offset = String(BigInt(last) + 1n)
        const topics = [{ topic: source, partitions: [{ partition, offset }] }]
        await transaction.sendOffsets({ consumerGroupId: groupId, topics })
        await transaction.commit()
        payload.resolveOffset(last)
        committed += messages.length
        if (committed >= records) done.resolve(watch.stop())
      },
    })
    try {
      const took = await done.promise
      await consumer.disconnect()
      return { ...(await readSinks(brokers, [{ topic: sink, records }])), ...took }
    } finally {
      await Promise.all([consumer.disconnect(), producer.disconnect()])
      await sinks.remove(sink)
    }
  },
})
