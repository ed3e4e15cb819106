import { buildBatch } from '../build-batch.js'
import { fetchFrom, produceTo } from '../request-bodies.js'
import { script } from '../script.js'
import { scriptedProducer } from '../scripted-producer.js'
import type { Stage } from '../stage.js'

/** A producer that nobody gave an id: Kafka takes any first sequence of a producer that it has not seen. */
const pid = 4_000n
const intMax = 2_147_483_647

interface Send {
  readonly sequence: number
  readonly count?: number
  readonly epoch?: number
  readonly pid?: bigint
  readonly timestamp?: number
  readonly version?: number
}

const batchOf = ({ sequence, count = 1, epoch = 0, timestamp = 1000, ...other }: Send): Buffer =>
  buildBatch({ pid: other.pid ?? pid, epoch, sequence, records: Array.from({ length: count }, () => ({ timestamp })) })

/** Sends batches one after the other and writes down what is said to each. */
async function send(s: Stage, topic: string, ...all: readonly Send[]): Promise<void> {
  for (const each of all) {
    const { sequence, count = 1, epoch = 0 } = each
    await s.ask('Produce', each.version ?? 7, produceTo(topic, batchOf(each)), {
      note: `${sequence} to ${sequence + count - 1}, epoch ${epoch}`,
    })
  }
}

export const idempotenceScripts = [
  script('sequences follow each other', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: 0 }, { sequence: 1, count: 3 }, { sequence: 4 })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('the same batch again gets its first offset', async (s) => {
    const topic = await s.topic()
    for (let sequence = 0; sequence < 5; sequence += 1)
      await s.quietly('Produce', 7, produceTo(topic, batchOf({ sequence })))
    await send(s, topic, { sequence: 4 }, { sequence: 0 }, { sequence: 2 }, { sequence: 0 }, { sequence: 5 })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('the same batch again tells its timestamp as append time', async (s) => {
    const topic = await s.topic()
    for (const version of [3, 5, 7, 8]) await send(s, topic, { sequence: 0, timestamp: 7777, version })
    const stamped = await s.topic({ suffix: 'stamped', config: { 'message.timestamp.type': 'LogAppendTime' } })
    await send(s, stamped, { sequence: 0 }, { sequence: 0 })
  }),
  script('a sixth batch pushes the first one out of memory', async (s) => {
    const topic = await s.topic()
    for (let sequence = 0; sequence < 6; sequence += 1)
      await s.quietly('Produce', 7, produceTo(topic, batchOf({ sequence })))
    await send(s, topic, { sequence: 0 }, { sequence: 1 }, { sequence: 5 }, { sequence: 6 }, { sequence: 1 })
  }),
  script('a gap is out of order', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: 0, count: 2 }, { sequence: 3 }, { sequence: 2 }, { sequence: intMax })
    for (const version of [3, 7, 8]) await send(s, topic, { sequence: 9, version })
  }),
  script('part of a batch, and more than it, are out of order', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: 0, count: 4 })
    await send(
      s,
      topic,
      { sequence: 0, count: 2 },
      { sequence: 1, count: 3 },
      { sequence: 2, count: 4 },
      { sequence: 0, count: 5 },
    )
    await send(s, topic, { sequence: 4 })
  }),
  script('two batches as one are no duplicate', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: 0 }, { sequence: 1 }, { sequence: 0, count: 2 })
  }),
  script('a lower epoch is fenced', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: 0, epoch: 3 })
    for (const version of [3, 7, 8]) await send(s, topic, { sequence: 1, epoch: 2, version })
    await send(s, topic, { sequence: 0, epoch: 2 }, { sequence: 1, epoch: 3 })
  }),
  script('a higher epoch begins at 0', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: 0 }, { sequence: 1, epoch: 1 }, { sequence: 5, epoch: 1 })
    await send(s, topic, { sequence: 0, epoch: 1 }, { sequence: 1, epoch: 1 }, { sequence: 1, epoch: 0 })
    await send(s, topic, { sequence: 0, epoch: 9 }, { sequence: 0, epoch: 9 })
  }),
  script('an unknown producer may begin anywhere', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: 17 }, { sequence: 18 }, { sequence: 17 })
    await send(s, topic, { sequence: 5, epoch: 4, pid: pid + 1n }, { sequence: 6, epoch: 4, pid: pid + 1n })
  }),
  script('the largest sequence is followed by 0', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: intMax - 1 }, { sequence: intMax }, { sequence: 0 }, { sequence: 1 })
    await send(s, topic, { sequence: intMax }, { sequence: 0 })
  }),
  script('a batch may run over the largest sequence', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: intMax - 1, count: 4 }, { sequence: 2 }, { sequence: intMax - 1, count: 4 })
  }),
  script('without a producer id nothing is checked', async (s) => {
    const topic = await s.topic()
    const plain = produceTo(topic, buildBatch())
    for (const note of ['once', 'twice']) await s.ask('Produce', 7, plain, { note })
    await s.ask('Produce', 7, produceTo(topic, buildBatch({ sequence: 9 })), { note: 'a sequence alone' })
  }),
  script('producers and partitions are counted apart', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    await send(
      s,
      topic,
      { sequence: 0 },
      { sequence: 0, pid: pid + 7n },
      { sequence: 1 },
      { sequence: 1, pid: pid + 7n },
    )
    await s.ask('Produce', 7, produceTo(topic, batchOf({ sequence: 0 }), { partition: 1 }), { note: 'other partition' })
    await s.ask('Produce', 7, produceTo(topic, batchOf({ sequence: 5 }), { partition: 1 }), {
      note: 'other partition, gap',
    })
  }),
  script('a duplicate is known by its sequences alone', async (s) => {
    const topic = await s.topic()
    await s.ask('Produce', 7, produceTo(topic, buildBatch({ pid, sequence: 0, records: [{ value: 'one' }] })))
    await s.ask('Produce', 7, produceTo(topic, buildBatch({ pid, sequence: 0, records: [{ value: 'another' }] })))
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('what was refused is not remembered', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: 0 })
    const bad = buildBatch({ pid, sequence: 1, records: [{ timestamp: s.nowMs + 9_000_000 }] })
    const { raw } = await s.client()
    await raw.ask('Produce', 7, produceTo(topic, bad))
    await s.ask('Produce', 7, produceTo(topic, buildBatch({ pid, sequence: 1, crc: 5 })), { note: 'wrong checksum' })
    await send(s, topic, { sequence: 1 })
  }),
  script('deleted records do not make a producer unknown', async (s) => {
    const topic = await s.topic()
    await send(s, topic, { sequence: 0 }, { sequence: 1 })
    await s.quietly('DeleteRecords', 1, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: -1n }] }],
      timeoutMs: 5_000,
    })
    await send(s, topic, { sequence: 5 }, { sequence: 0 }, { sequence: 2 })
  }),
  script('ids of producers without transactions', async (s) => {
    for (const version of [0, 1, 2, 3, 4]) {
      await s.ask('InitProducerId', version, { transactionalId: null, transactionTimeoutMs: 60_000 })
    }
    await s.ask('InitProducerId', 1, { transactionalId: null, transactionTimeoutMs: 0 }, { note: 'timeout 0' })
    await s.ask('InitProducerId', 1, { transactionalId: null, transactionTimeoutMs: -1 }, { note: 'timeout -1' })
  }),
  script('an id without transactions and an epoch to go on from', async (s) => {
    const { producerId } = await s.ask('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 60_000 })
    await s.ask(
      'InitProducerId',
      4,
      { transactionalId: null, transactionTimeoutMs: 60_000, producerId, producerEpoch: 0 },
      { note: 'its own' },
    )
    await s.ask(
      'InitProducerId',
      4,
      { transactionalId: null, transactionTimeoutMs: 60_000, producerId, producerEpoch: -1 },
      { note: 'no epoch' },
    )
  }),
  script('a duplicate does not begin the part of a transaction in a partition', async (s) => {
    const topic = await s.topic()
    const producer = await scriptedProducer(s, s.named('id'))
    await producer.begin(s, topic)
    await producer.finish(s, true)
    await s.quietly('AddPartitionsToTxn', 1, producer.addPartitions({ [topic]: [0] }))
    for (const sequence of [0, 2, 1, 0])
      await s.ask('Produce', 7, producer.produce(topic, { sequence }), { note: `${sequence}` })
    await producer.finish(s, true)
    await s.quietly('AddPartitionsToTxn', 1, producer.addPartitions({ [topic]: [0] }))
    await s.ask('Produce', 7, producer.produce(topic, { sequence: 1 }), { note: 'in the next one' })
    await producer.finish(s, true)
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('sequences go on from one transaction to the next', async (s) => {
    const topic = await s.topic()
    const producer = await scriptedProducer(s, s.named('id'))
    const write = async (sequence: number, note: string): Promise<void> => {
      await s.ask('Produce', 7, producer.produce(topic, { sequence }), { note })
    }
    await s.quietly('AddPartitionsToTxn', 1, producer.addPartitions({ [topic]: [0] }))
    await write(0, 'first transaction')
    await producer.finish(s, true)
    await s.quietly('AddPartitionsToTxn', 1, producer.addPartitions({ [topic]: [0] }))
    await write(2, 'a gap')
    await write(1, 'going on')
    await producer.finish(s, false)
    await s.quietly('AddPartitionsToTxn', 1, producer.addPartitions({ [topic]: [0] }))
    await write(2, 'behind an aborted one')
    await producer.finish(s, true)
  }),
]
