import { type Consumer, type EachMessagePayload, Kafka, logLevel } from 'kafkajs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Broker, startBroker } from '../start-broker.js'

const partitions = 4
const records = 1_000

async function setup(over: 'tcp' | 'memory') {
  const broker = await startBroker({ tcp: over === 'tcp' })
  onTestFinished(() => broker.stop())
  const kafka = new Kafka({
    clientId: 'smoke',
    brokers: [...broker.bootstrapServers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, maxRetryTime: 200 },
    ...(over === 'memory' ? { socketFactory: broker.socketFactory } : {}),
  })
  return { broker, kafka }
}

const inOrder = (numbers: readonly number[]): number[] => numbers.toSorted((one, other) => one - other)

/** A member of the group that notes what it reads and owns. */
async function startMember(kafka: Kafka, received: Map<string, number>) {
  const consumer = kafka.consumer({
    groupId: 'readers',
    sessionTimeout: 10_000,
    heartbeatInterval: 50,
    maxWaitTimeInMs: 50,
  })
  onTestFinished(() => consumer.disconnect())
  let owned: readonly number[] = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    owned = payload.memberAssignment['orders'] ?? []
  })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }: EachMessagePayload) => {
      const at = `${partition}:${message.offset}:${message.value?.toString() ?? ''}`
      received.set(at, (received.get(at) ?? 0) + 1)
    },
  })
  return { consumer, owned: () => owned }
}

async function produce(kafka: Kafka, from: number, count: number): Promise<void> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const messages = Array.from({ length: count }, (_, index) => ({ key: `k${from + index}`, value: `v${from + index}` }))
  await producer.send({ topic: 'orders', messages })
  await producer.disconnect()
}

const stable = (broker: Broker, members: number): Promise<void> =>
  broker.until(({ groups }) =>
    groups.some((group) => group.groupId === 'readers' && group.members.length === members && group.state === 'Stable'),
  )

async function commitAll(consumer: Consumer, broker: Broker): Promise<{ partition: number; offset: string }[]> {
  const ends = (broker.inspect.topic('orders')?.partitions ?? []).map(({ endOffset }, partition) => ({
    topic: 'orders',
    partition,
    offset: String(endOffset),
  }))
  await consumer.commitOffsets(ends)
  return ends.map(({ partition, offset }) => ({ partition, offset }))
}

describe.each(['tcp', 'memory'] as const)('kafkajs over %s', (over) => {
  it('creates a topic, produces, consumes in a group that rebalances, commits, and reads its offsets back', async () => {
    const { broker, kafka } = await setup(over)
    const admin = kafka.admin()
    onTestFinished(() => admin.disconnect())
    await admin.connect()
    expect(await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: partitions }] })).toBe(true)

    const received = new Map<string, number>()
    await produce(kafka, 0, records / 2)
    const first = await startMember(kafka, received)
    await stable(broker, 1)
    expect(inOrder(first.owned())).toEqual([0, 1, 2, 3])

    const second = await startMember(kafka, received)
    await stable(broker, 2)
    await expect.poll(() => [first.owned().length, second.owned().length]).toEqual([2, 2])
    await produce(kafka, records / 2, records / 2)
    await expect.poll(() => received.size).toBe(records)
    const values = [...received.keys()].map((at) => at.split(':')[2])
    expect(new Set(values).size).toBe(records)

    const committed = await commitAll(first.consumer, broker)
    const [orders] = await admin.fetchOffsets({ groupId: 'readers', topics: ['orders'] })
    expect(orders?.partitions.map(({ partition, offset }) => ({ partition, offset }))).toEqual(committed)

    await second.consumer.disconnect()
    await stable(broker, 1)
    await expect.poll(() => inOrder(first.owned())).toEqual([0, 1, 2, 3])
  })
})
