import { createKafkajsDriver } from '@millrace/kafkajs'
import { openSharedBroker, type SharedBroker, startSharedBroker, uniqueName } from '@millrace/testing'
import kafkajs from 'kafkajs'
import { bytes, createProducer, type Producer, topic } from 'millrace'
import { checksumOf, createChecksum } from '../harness/order-free-checksum.js'
import { createStopwatch } from '../harness/stopwatch.js'
import type { Contest, Run, Side } from '../harness/workload.js'

const partitions = 6
const valueBytes = 256
const warmUps = 2_000

/** A record as both sides are handed it. */
export interface Outgoing {
  readonly key: Buffer
  readonly value: Buffer
}

/** Sends these records of one topic; resolves when every one of them is acknowledged. */
export type SendAll = (records: readonly Outgoing[]) => Promise<void>

/** How a side sends: opened before the clock starts, closed after it was stopped. */
export interface SenderSide {
  readonly name: string
  readonly settings: Side['settings']
  open(
    brokers: readonly string[],
    topicName: string,
  ): Promise<{ readonly sendAll: SendAll; readonly close: () => Promise<void> }>
}

/**
 * Both sides write the same records, each into a topic of its own. What the topic then holds is read back by Kafka's Java
 * consumer, after the clock was stopped: one record lost, doubled or changed in its number is no result.
 */
export async function openProduceContest(
  sides: { readonly ours: SenderSide; readonly baseline: SenderSide },
  records: number,
): Promise<Contest> {
  const started = await startSharedBroker()
  const { address } = started
  if (address.kind === 'unavailable') throw new Error(`This benchmark needs Kafka: ${address.reason}`)
  const broker = openSharedBroker(address)
  const sideOf = (side: SenderSide): Side => ({
    name: side.name,
    settings: side.settings,
    run: () => runOnce(side, broker, records),
  })
  return {
    ours: sideOf(sides.ours),
    baseline: sideOf(sides.baseline),
    expected: { records, checksum: checksumOf(records) },
    settings: { partitions, valueBytes, keyBytes: 6, acks: -1, compression: 'none', warmUpRecords: warmUps },
    async close() {
      await broker.probe.close()
      await started.stop()
    },
  }
}

async function runOnce(side: SenderSide, { admin, bootstrap, probe }: SharedBroker, records: number): Promise<Run> {
  const topicName = uniqueName('bench-produce')
  await admin.createTopic(topicName, { partitions })
  const { sendAll, close } = await side.open(bootstrap, topicName)
  const outgoing = Array.from({ length: records }, (_, number) => record(number))
  await sendAll(Array.from({ length: warmUps }, () => record(2 ** 32 - 1)))
  const watch = createStopwatch()
  watch.start()
  await sendAll(outgoing)
  const time = watch.stop()
  await close()

  const checksum = createChecksum()
  for (const { value } of await probe.read(topicName)) {
    const number = value?.readUInt32BE(0) ?? 0
    if (number !== 2 ** 32 - 1) checksum.add(number)
  }
  await admin.deleteTopic(topicName)
  return { records: checksum.records, checksum: String(checksum), ...time }
}

function record(number: number): Outgoing {
  const value = Buffer.alloc(valueBytes, 'v')
  value.writeUInt32BE(number)
  return { key: Buffer.from(String(number % 1_000).padStart(6, 'k')), value }
}

export const millraceSender = (how: (send: (one: Outgoing) => Promise<unknown>) => SendAll): SenderSide => ({
  name: 'millrace sender',
  settings: { idempotent: true, linger: '5ms', maxBatchBytes: '64kB' },
  async open(brokers, topicName) {
    const driver = createKafkajsDriver({ brokers })
    const sender = await driver.openSender({ compression: 'none' })
    return {
      sendAll: how(({ key, value }) => sender.send({ topic: topicName, key, value })),
      async close() {
        await sender.close()
        await driver.close()
      },
    }
  },
})

/** The producer that users have, with nothing but its compression set. */
export const millraceProducer = (how: (producer: Producer<typeof Records>) => SendAll): SenderSide => ({
  name: 'millrace createProducer',
  settings: { idempotent: true, linger: '5ms', maxBatchBytes: '64kB' },
  async open(brokers, topicName) {
    const producer = createProducer(topicOf(topicName), { kafka: { brokers }, compression: 'none', env: {} })
    return { sendAll: how(producer), close: () => producer.close() }
  },
})

const topicOf = (name: string) => topic(name, { key: bytes, value: bytes })
const Records = topicOf('any')

export interface KafkajsChoice {
  /** Default: false, which is its own default and faster: with it, it has one request per broker in flight. */
  readonly idempotent?: boolean
  /** Default: `send`. */
  readonly call?: 'send' | 'sendBatch'
}

export const kafkajsProducer = (
  how: (send: (messages: readonly Outgoing[]) => Promise<unknown>) => SendAll,
  { idempotent = false, call = 'send' }: KafkajsChoice = {},
): SenderSide => ({
  name: `kafkajs 2.2.4 producer.${call}`,
  settings: { idempotent },
  async open(brokers, topicName) {
    const { Kafka, logLevel, Partitioners } = kafkajs
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
    const inFlight = idempotent ? { maxInFlightRequests: 1 } : {} // as its documentation asks for
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent, ...inFlight })
    await producer.connect()
    const send = (messages: readonly Outgoing[]): Promise<unknown> => {
      const batch = { topic: topicName, messages: [...messages] }
      return call === 'send'
        ? producer.send({ ...batch, acks: -1 })
        : producer.sendBatch({ acks: -1, topicMessages: [batch] })
    }
    return { sendAll: how(send), close: () => producer.disconnect() }
  },
})
