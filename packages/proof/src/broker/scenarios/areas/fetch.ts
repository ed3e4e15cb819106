import { fromKafkajs, short } from '../readable.js'
import { scenario } from '../scenario.js'

const numbers = (count: number, partition = 0, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ partition, value: String(from + index), timestamp: 1 }))
const places = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `0@${from + index} ${from + index}`)

export const fetchScenarios = [
  scenario('a consumer from the beginning hears everything of every partition', async (s) => {
    const topic = await s.topic({ partitions: 3 })
    await s.probe.produce(
      topic,
      [0, 1, 2].flatMap((partition) => numbers(4, partition)),
    )
    const listener = await s.listen({ group: s.named('g'), topics: [topic] })
    const heard = await listener.first(12)
    s.trace('all of it', heard.map(fromKafkajs))
    s.is(
      'records',
      short(heard),
      [0, 1, 2].flatMap((partition) => [0, 1, 2, 3].map((at) => `${partition}@${at} ${at}`)),
    )
  }),
  scenario('a consumer from the end hears only what comes later', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, numbers(5))
    const listener = await s.listen({ group: s.named('g'), topics: [topic], fromBeginning: false })
    await listener.joined()
    // Its position is the end at its first fetch, which is after the join.
    await s.until('it hears', async () => {
      await s.probe.produce(topic, [{ value: 'later' }])
      return listener.heard.length > 0 ? true : undefined
    })
    const [first] = listener.heard
    s.is('nothing old', [Number(first?.message.offset) >= 5, first?.message.value?.toString()], [true, 'later'])
  }),
  scenario('a seek goes to the middle of a batch', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, numbers(10), { recordsPerBatch: 10 })
    const listener = await s.listen({ group: s.named('g'), topics: [topic] })
    await listener.first(10)
    listener.consumer.seek({ topic, partition: 0, offset: '6' })
    await s.until('again', () => (listener.heard.length >= 14 ? true : undefined))
    s.is('again', short(listener.heard.slice(10)), places(4, 6))
  }),
  scenario('Java reads from an offset inside a batch', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, numbers(10), { recordsPerBatch: 5, compression: 'gzip' })
    s.is('from 3', short(await s.probe.read(topic, { fromOffset: 3n })), places(7, 3))
    s.is('from the end', short(await s.probe.read(topic, { fromOffset: 10n })), [])
  }),
  scenario('a seek beyond the end starts anew where the consumer said', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, numbers(3))
    const listener = await s.listen({ group: s.named('g'), topics: [topic] })
    await listener.first(3)
    listener.consumer.seek({ topic, partition: 0, offset: '1000' })
    await s.until('from the beginning', () => (listener.heard.length >= 6 ? true : undefined))
    s.is('again', short(listener.heard.slice(3, 6)), places(3))
  }),
  scenario('the driver says so when its place is gone, and goes on where it was told', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, numbers(10), { recordsPerBatch: 2 })
    await s.java.setCommitted(s.named('g'), topic, new Map([[0, 2n]]))
    await s.java.deleteRecords(topic, new Map([[0, 6n]]))
    const member = s.member(s.named('g'), [topic])
    s.is('records', short(await member.first(4)), places(4, 6))
    s.is(
      'events',
      member.events.filter((name) => name.startsWith('partition.')),
      ['partition.out-of-range'],
    )
  }),
  scenario('records that were deleted are no longer heard', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, numbers(10), { recordsPerBatch: 4 })
    await s.java.deleteRecords(topic, new Map([[0, 5n]]))
    s.is('start', [...(await s.java.startOffsets(topic))], [[0, '5']])
    s.is('end', [...(await s.java.endOffsets(topic))], [[0, '10']])
    s.is('java', short(await s.probe.read(topic)), places(5, 5))
    const listener = await s.listen({ group: s.named('g'), topics: [topic] })
    s.is('kafkajs', short(await listener.first(5)), places(5, 5))
  }),
  scenario('a waiting consumer hears records as they come', async (s) => {
    const topic = await s.topic()
    const listener = await s.listen({ group: s.named('g'), topics: [topic], maxWaitTimeInMs: 1000 })
    await listener.joined()
    const producer = await s.producer()
    for (const at of [0, 1, 2]) {
      await producer.send({ topic, messages: [{ value: String(at) }] })
      await listener.first(at + 1)
    }
    s.is('heard', short(listener.heard), places(3))
  }),
  scenario('small limits slow a reader down and lose nothing', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    await s.probe.produce(topic, [...numbers(50, 0), ...numbers(50, 1)], { recordsPerBatch: 5 })
    const listener = await s.listen({ group: s.named('k'), topics: [topic], maxBytesPerPartition: 100, maxBytes: 200 })
    s.is(
      'kafkajs',
      (await listener.first(100)).map(({ message }) => message.offset),
      [0, 1].flatMap(() => Array.from({ length: 50 }, (_, at) => String(at))),
    )
    const member = s.member(s.named('d'), [topic], { maxBytesPerPartition: 128 })
    s.is(
      'driver',
      (await member.first(100)).map(({ offset }) => Number(offset)),
      [0, 1].flatMap(() => Array.from({ length: 50 }, (_, at) => at)),
    )
  }),
  scenario('a record above every limit of its reader is handed over', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, [{ value: 'x'.repeat(200_000) }, { value: 'after' }], { recordsPerBatch: 1 })
    const listener = await s.listen({
      group: s.named('g'),
      topics: [topic],
      maxBytesPerPartition: 1000,
      maxBytes: 1000,
    })
    s.is(
      'lengths',
      (await listener.first(2)).map(({ message }) => message.value?.length ?? 0),
      [200_000, 5],
    )
  }),
  scenario('a batch tells where its partition ends', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, numbers(6), { recordsPerBatch: 6 })
    const consumer = s.kafka().consumer({ groupId: s.named('g'), maxWaitTimeInMs: 100 })
    s.defer(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const batches: object[] = []
    await consumer.run({
      eachBatch: ({ batch }) => {
        const { highWatermark, partition, messages } = batch
        batches.push({
          partition,
          highWatermark,
          count: messages.length,
          first: batch.firstOffset(),
          last: batch.lastOffset(),
          lag: batch.offsetLag(),
          lagLow: batch.offsetLagLow(),
        })
        return Promise.resolve()
      },
    })
    await s.until('a batch', () => (batches.length > 0 ? true : undefined))
    s.is('batch', batches[0], {
      partition: 0,
      highWatermark: '6',
      count: 6,
      first: '0',
      last: '5',
      lag: '0',
      lagLow: '5',
    })
  }),
  scenario('a pattern subscribes to what it matches', async (s) => {
    const [a, b] = [await s.topic({}, 'yes-a'), await s.topic({}, 'yes-b')]
    await s.topic({}, 'no')
    for (const topic of [a, b]) await s.probe.produce(topic, [{ value: topic }])
    await s.probe.produce(s.named('no'), [{ value: 'no' }])
    const consumer = s.kafka().consumer({ groupId: s.named('g'), maxWaitTimeInMs: 100 })
    s.defer(() => consumer.disconnect())
    await consumer.connect()
    await consumer.subscribe({ topics: [new RegExp(`^${s.named('yes')}`)], fromBeginning: true })
    const heard: string[] = []
    await consumer.run({
      eachMessage: ({ message }) => Promise.resolve(void heard.push(message.value?.toString() ?? '')),
    })
    await s.until('both', () => (heard.length >= 2 ? true : undefined))
    s.is('heard', heard.toSorted(), [a, b])
  }),
  scenario('paused partitions are silent, and go on where they were', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const listener = await s.listen({ group: s.named('g'), topics: [topic] })
    await listener.joined()
    await s.probe.produce(topic, [...numbers(1, 0), ...numbers(1, 1)])
    await listener.first(2)
    listener.consumer.pause([{ topic, partitions: [1] }])
    await s.probe.produce(topic, numbers(2, 1, 1))
    await s.probe.produce(topic, numbers(2, 0, 1))
    await listener.first(4)
    s.is(
      'while paused',
      listener.heard.slice(2).map(({ partition }) => partition),
      [0, 0],
    )
    listener.consumer.resume([{ topic, partitions: [1] }])
    s.is('all', short(await listener.first(6)), ['0@0 0', '0@1 1', '0@2 2', '1@0 0', '1@1 1', '1@2 2'])
  }),
  scenario('a tail of Java follows a topic that grows', async (s) => {
    const topic = await s.topic()
    const tail = s.probe.tail(topic)
    for (const from of [0, 3, 6]) await s.probe.produce(topic, numbers(3, 0, from))
    s.is('read', short(await tail.finish()), places(9))
  }),
  scenario('a lease of the driver seeks', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, numbers(5))
    const member = s.member(s.named('g'), [topic])
    await member.first(5)
    const [lease] = await member.assigned()
    lease?.seek(3n)
    await s.until('again', () => (member.delivered.length >= 7 ? true : undefined))
    s.is('again', short(member.delivered.slice(5)), places(2, 3))
  }),
  scenario('a new member of the driver at the end starts at the end', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, numbers(5))
    const member = s.member(s.named('g'), [topic], { startFrom: 'latest' })
    const [lease] = await member.assigned()
    await s.probe.produce(topic, numbers(1, 0, 5))
    s.is('start', lease?.startOffset, '5')
    s.is('record', short(await member.first(1)), ['0@5 5'])
    s.is(
      'committed before anything is handed over',
      (await s.java.committed(s.named('g'))).map(({ offset }) => offset),
      ['5'],
    )
  }),
]
