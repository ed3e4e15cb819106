import { encodeRecordBatch } from '../../wire/encode-record-batch.js'
import { produceToBroker } from '../../wire/produce-to-broker.js'
import { producerIdRequest } from '../producer-id-request.js'
import { brokerFactoryOf, callBroker } from '../wire-broker.js'
import { openTestClient } from './test-client.js'

/** Another process that writes under a producer id that is not its own, to put the broker's idea of it out of step. */
export interface ForgedProducer {
  /** The id that the broker (of one node) gave out last. */
  lastId(): Promise<bigint>
  /** Returns Kafka's error code. */
  produce(batch: ForgedBatch): Promise<number>
  close(): Promise<void>
}

export interface ForgedBatch {
  readonly topic: string
  readonly partition: number
  readonly id: bigint
  readonly epoch: number
  readonly baseSequence: number
  readonly values: readonly string[]
}

export async function openForgedProducer(bootstrap: readonly string[]): Promise<ForgedProducer> {
  const client = openTestClient(bootstrap)
  const broker = await brokerFactoryOf(client.cluster)()
  await broker.connect()
  return {
    // Ids are handed out one after another: the one before mine.
    lastId: async () => (await callBroker(broker, producerIdRequest)).producerId - 1n,
    async produce({ topic, partition, id, epoch, baseSequence, values }) {
      const records = values.map((value) => ({ key: null, value: Buffer.from(value), timestamp: Date.now() }))
      const batch = encodeRecordBatch(records, { producer: { id, epoch, baseSequence } })
      const topics = [{ topic, partitions: [{ partition, batch }] }]
      const { partitions } = await produceToBroker(broker, { acks: -1, timeoutMs: 5_000, topics })
      return partitions[0]?.errorCode ?? -1
    },
    close: () => broker.disconnect(),
  }
}
