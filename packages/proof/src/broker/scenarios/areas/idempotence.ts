import { connect } from 'node:net'
import { openFaultProxy } from '@millrace/testing'
import { short } from '../readable.js'
import { scenario } from '../scenario.js'
import type { Stage } from '../stage.js'

/** kafkajs through a proxy that can lose answers, whatever address the broker tells it. */
async function throughProxy(s: Stage) {
  const [host = '', port = ''] = s.bootstrap[0]?.split(':') ?? []
  const proxy = await openFaultProxy({ nodes: [1], brokerOf: () => ({ host, port: Number(port) }) })
  s.defer(() => proxy.close())
  const proxyPort = Number(proxy.addresses.get(1)?.split(':')[1])
  const kafka = s.kafka({
    socketFactory: ({ onConnect }) => connect({ host: '127.0.0.1', port: proxyPort }, onConnect),
  })
  return { proxy, kafka }
}

export const idempotenceScenarios = [
  scenario('a batch whose answer was lost is stored once, and its second answer is the first', async (s) => {
    const topic = await s.topic()
    const { proxy, kafka } = await throughProxy(s)
    const producer = await s.producer(
      { idempotent: true, maxInFlightRequests: 1, retry: { initialRetryTime: 30, retries: 8 } },
      kafka,
    )
    const send = (value: string) => producer.send({ topic, messages: [{ value, timestamp: '1000' }] })
    s.trace('before', await send('a'))
    proxy.dropAnswers({ api: 'Produce' })
    s.trace('answer lost', await send('b'))
    s.trace('after', await send('c'))
    s.is('stored', short(await s.probe.read(topic)), ['0@0 a', '0@1 b', '0@2 c'])
  }),
  scenario('without idempotence a lost answer stores twice', async (s) => {
    const topic = await s.topic()
    const { proxy, kafka } = await throughProxy(s)
    const producer = await s.producer({ retry: { initialRetryTime: 30, retries: 8 } }, kafka)
    proxy.dropAnswers({ api: 'Produce' })
    s.trace('answer lost', await producer.send({ topic, messages: [{ value: 'a', timestamp: '1000' }] }))
    s.is('stored', short(await s.probe.read(topic)), ['0@0 a', '0@1 a'])
  }),
  scenario('a request that never arrived is stored by its repetition', async (s) => {
    const topic = await s.topic()
    const { proxy, kafka } = await throughProxy(s)
    const producer = await s.producer(
      { idempotent: true, maxInFlightRequests: 1, retry: { initialRetryTime: 30, retries: 8 } },
      kafka,
    )
    await producer.send({ topic, messages: [{ value: 'a' }] })
    proxy.dropRequests({ api: 'Produce', times: 2 })
    await producer.send({ topic, messages: [{ value: 'b' }] })
    s.is('stored', short(await s.probe.read(topic)), ['0@0 a', '0@1 b'])
  }),
  scenario('idempotent producers beside each other do not mind', async (s) => {
    const topic = await s.topic()
    const producers = [await s.producer({ idempotent: true }), await s.producer({ idempotent: true })]
    const sender = await s.sender()
    for (const round of [0, 1, 2]) {
      for (const [index, producer] of producers.entries())
        await producer.send({ topic, messages: [{ value: `${index}.${round}` }] })
      await sender.send({ topic, key: null, value: Buffer.from(`d.${round}`) })
    }
    s.is(
      'stored',
      short(await s.probe.read(topic)),
      [0, 1, 2].flatMap((round) => ['0', '1', 'd'].map((who, at) => `0@${round * 3 + at} ${who}.${round}`)),
    )
  }),
  scenario('Java keeps its order over many batches in flight', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const records = Array.from({ length: 200 }, (_, index) => ({ partition: index % 2, value: String(index) }))
    await s.probe.produce(topic, records, { recordsPerBatch: 2 })
    const found = await s.probe.read(topic)
    s.is(
      'in order',
      found.map(({ value }) => Number(value?.toString())),
      [0, 1].flatMap((partition) => Array.from({ length: 100 }, (_, at) => at * 2 + partition)),
    )
  }),
  scenario('a producer goes on after its old batches were deleted', async (s) => {
    const topic = await s.topic()
    const producer = await s.producer({ idempotent: true })
    const send = async (value: string) => (await producer.send({ topic, messages: [{ value, timestamp: '1' }] }))[0]
    for (const value of ['a', 'b', 'c']) await send(value)
    await s.java.deleteRecords(topic, new Map([[0, 3n]]))
    s.trace('after', await send('d'))
    s.is('stored', short(await s.probe.read(topic)), ['0@3 d'])
  }),
  scenario('a producer goes on in a topic that was created anew', async (s) => {
    const topic = await s.topic()
    const sender = await s.sender()
    const send = (value: string) => sender.send({ topic, key: null, value: Buffer.from(value) })
    await send('a')
    await send('b')
    await s.java.deleteTopic(topic)
    await s.java.createTopic(topic)
    s.trace(
      'after',
      await send('c').then(
        ({ offset }) => offset,
        (error: unknown) => error,
      ),
    )
    s.trace(
      'once more',
      await send('d').then(
        ({ offset }) => offset,
        (error: unknown) => error,
      ),
    )
    s.trace('stored', short(await s.probe.read(topic)))
  }),
]
