import { CompressionTypes } from '../bare-kafkajs.js'
import { fromDriver, fromProbe, short } from '../readable.js'
import { scenario } from '../scenario.js'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const longAgo = 86_400_000
const text = (length: number): string => 'lorem ipsum dolor '.repeat(Math.ceil(length / 18)).slice(0, length)

const writtenByJava = codecs.map((compression) =>
  scenario(`records that Java wrote with ${compression} come back from Java and the driver`, async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const records = Array.from({ length: 40 }, (_, index) => ({
      partition: index % 2,
      timestamp: longAgo + index,
      key: `k${index % 7}`,
      value: index % 5 === 4 ? null : `${index} ${text(50)}`,
      headers: [['n', String(index)]] as const,
    }))
    s.trace('written', await s.probe.produce(topic, records, { compression, recordsPerBatch: 10 }))
    s.trace('java', (await s.probe.read(topic)).map(fromProbe))
    const found = await s.member(s.named('g'), [topic]).first(40)
    s.trace('driver', found.map(fromDriver))
    s.is(
      'in order',
      found.filter(({ partition }) => partition === 1).map(({ offset }) => Number(offset)),
      Array.from({ length: 20 }, (_, at) => at),
    )
  }),
)

const writtenByDriver = codecs.map((compression) =>
  scenario(`records that the driver wrote with ${compression} come back from Java`, async (s) => {
    const topic = await s.topic()
    const sender = await s.sender({ compression, lingerMs: 20 })
    const sent = Array.from({ length: 30 }, (_, index) =>
      sender.send({
        topic,
        key: Buffer.from(`k${index}`),
        value: Buffer.from(`${index} ${text(100)}`),
        headers: [[Buffer.from('n'), Buffer.from([index])]],
        timestamp: longAgo + index,
      }),
    )
    s.trace('reports', await Promise.all(sent))
    const found = await s.probe.read(topic)
    s.trace('java', found.map(fromProbe))
    s.is('count', found.length, 30)
  }),
)

export const codecScenarios = [
  ...writtenByJava,
  ...writtenByDriver,
  scenario('kafkajs with gzip is read by everybody', async (s) => {
    const topic = await s.topic()
    const producer = await s.producer()
    const messages = Array.from({ length: 50 }, (_, index) => ({ value: `${index} ${text(80)}`, timestamp: '1000' }))
    s.trace('sent', await producer.send({ topic, messages, compression: CompressionTypes.GZIP }))
    const expected = messages.map(({ value }, index) => `0@${index} ${value}`)
    s.is('java', short(await s.probe.read(topic)), expected)
    const listener = await s.listen({ group: s.named('k'), topics: [topic] })
    s.is('kafkajs', short(await listener.first(50)), expected)
    s.is('driver', short(await s.member(s.named('d'), [topic]).first(50)), expected)
  }),
]
