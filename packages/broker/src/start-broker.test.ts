import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createVirtualClock } from './clock/virtual-clock.js'
import type { BrokerEvent } from './observe/broker-events.js'
import { batchOfSize } from './log/test-support/build-batch.js'
import { connectRaw, frameOf, framed } from './server/test-support/raw-client.js'
import { withBroker } from './server/test-support/with-broker.js'
import { type Broker, startBroker } from './start-broker.js'

async function overTcp(options: Parameters<typeof startBroker>[0] = {}): Promise<Broker> {
  const broker = await startBroker(options)
  onTestFinished(() => broker.stop())
  return broker
}

const software = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }

describe('a broker', () => {
  it('listens on a port of this machine that was free, with its topics', async () => {
    const broker = await overTcp({ topics: { orders: 6 } })
    expect(broker.bootstrapServers).toEqual([`127.0.0.1:${broker.port}`])
    expect(broker.port).toBeGreaterThan(0)
    const client = await connectRaw(broker, 'tcp')
    const { brokers, topics } = await client.ask('Metadata', 5, { topics: null })
    expect(brokers).toMatchObject([{ host: '127.0.0.1', port: broker.port }])
    expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['orders', 6]])
    client.end()
  })

  it('tells a client of another listener to come back by that, or by what it advertises', async () => {
    const proxy = { host: 'proxy.example', port: 19_092 }
    const broker = await overTcp({ listeners: { INSIDE: {}, PROXIED: { advertised: proxy } } })
    const { INSIDE = '', PROXIED = '' } = broker.listeners
    expect(new Set([...broker.bootstrapServers, INSIDE, PROXIED]).size).toBe(3)
    const told = async (address: string): Promise<string[]> => {
      const client = await connectRaw({ ...broker, port: Number(address.split(':')[1]) }, 'tcp')
      const { brokers } = await client.ask('Metadata', 5, { topics: [] })
      const { host, port } = await client.ask('FindCoordinator', 2, { key: 'billing', keyType: 0 })
      client.end()
      return [...brokers, { host, port }].map((one) => `${one.host}:${one.port}`)
    }
    const own = broker.bootstrapServers[0] ?? ''
    expect(await told(own)).toEqual([own, own])
    expect(await told(INSIDE)).toEqual([INSIDE, INSIDE])
    expect(await told(PROXIED)).toEqual(['proxy.example:19092', 'proxy.example:19092'])
    await broker.restart()
    expect(await told(INSIDE)).toEqual([INSIDE, INSIDE])
  })

  it('says when its logs hold all that they may', async () => {
    const events: BrokerEvent[] = []
    const topics = { orders: { config: { 'retention.ms': -1 } } }
    const onEvent = (event: BrokerEvent): void => void events.push(event)
    const client = await withBroker({ topics, memoryLimit: 1_100_000, onEvent })
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const produce = async (): Promise<unknown> => {
      const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: batchOfSize(700_000) }] }]
      const { responses } = await client.ask('Produce', 8, { transactionalId: null, acks: -1, timeoutMs: 1, topicData })
      return responses[0]?.partitionResponses[0]
    }
    expect(await produce()).toMatchObject({ errorCode: 0 })
    const errorMessage: unknown = expect.stringContaining('memory limit')
    expect(await produce()).toMatchObject({ errorCode: 56, errorMessage })
    expect(await produce()).toMatchObject({ errorCode: 56, errorMessage })
    expect(events.filter(({ kind }) => kind === 'memory.full')).toEqual([
      { kind: 'memory.full', limitBytes: 1_100_000 },
    ])
    expect(await warned).toMatchObject({ code: 'BROKER_MEMORY_FULL' })
  })

  it('opens all of its listeners or none', async () => {
    const other = await overTcp()
    const starting = startBroker({ listeners: { FREE: {}, TAKEN: { port: other.port } } })
    await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('is reached over TCP and in memory at the same time', async () => {
    const broker = await overTcp()
    const [near, far] = [await connectRaw(broker, 'memory'), await connectRaw(broker, 'tcp')]
    await near.ask('ApiVersions', 3, software)
    await far.ask('ApiVersions', 3, software)
    expect(broker.inspect.connections.map(({ client }) => client.replace(/:\d+$/, ''))).toEqual(['memory', '127.0.0.1'])
    near.end()
    far.end()
  })

  it('rejects where its port is taken, and leaves nothing behind', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await new Promise((resolve) => void other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const clock = createVirtualClock()
    await expect(startBroker({ port, clock })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(clock.timersWaiting).toBe(0)
  })

  it('rejects options that cannot be, all at once', async () => {
    await expect(startBroker({ port: -1, defaultPartitions: 0 })).rejects.toMatchObject({
      code: 'BROKER_BAD_OPTIONS',
      problems: [expect.stringContaining('defaultPartitions'), expect.stringContaining('port')],
    })
  })

  it('ends every connection and every timer when it stops, once', async () => {
    const clock = createVirtualClock()
    const told: BrokerEvent['kind'][] = []
    const broker = await startBroker({
      tcp: false,
      clock,
      topics: { a: 1 },
      onEvent: ({ kind }) => void told.push(kind),
    })
    const connecting = connectRaw(broker)
    await clock.settle()
    const client = await connecting
    await Promise.all([broker.stop(), broker.stop()])
    await clock.settle()
    await client.closed
    expect(clock.timersWaiting).toBe(0)
    expect(told).toEqual([
      'topic.created',
      'broker.started',
      'connection.opened',
      'connection.closed',
      'broker.stopped',
    ])
    await expect(connectRaw({ ...broker, socketFactory: broker.socketFactory })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
  })

  it('is stopped by the end of its scope', async () => {
    let port
    {
      await using broker = await startBroker()
      port = broker.port
    }
    await using next = await startBroker({ port })
    expect(next.port).toBe(port)
  })

  it('comes back on its port with its logs after a restart', async () => {
    const broker = await overTcp({ topics: { a: 2 } })
    const before = await connectRaw(broker, 'tcp')
    await broker.restart()
    await before.closed
    const after = await connectRaw(broker, 'tcp')
    expect((await after.ask('Metadata', 5, { topics: null })).topics.map(({ name }) => name)).toEqual(['a'])
    after.end()
  })

  it('gives the same ids for the same seed', async () => {
    const [one, other, third] = [await overTcp({ seed: 1 }), await overTcp({ seed: 1 }), await overTcp({ seed: 2 })]
    expect(one.clusterId).toBe(other.clusterId)
    expect(one.clusterId).not.toBe(third.clusterId)
  })
})

describe.each(['memory', 'tcp'] as const)('a connection over %s', (over) => {
  it('waits for the rest of half a frame, however long', async () => {
    const broker = await overTcp()
    const [client, other] = [await connectRaw(broker, over), await connectRaw(broker, over)]
    const frame = frameOf('ApiVersions', 3, software)
    client.write(frame.subarray(0, 9))
    await other.ask('ApiVersions', 3, software)
    expect(client.socket.bytesRead ?? 0).toBe(0)
    client.write(frame.subarray(9))
    expect((await client.nextFrame())?.readInt32BE(0)).toBe(frame.readInt32BE(8))
    client.end()
    other.end()
  })

  it('answers a frame that comes byte by byte', async () => {
    const broker = await overTcp()
    const client = await connectRaw(broker, over)
    for (const byte of frameOf('ApiVersions', 3, software)) client.write(Buffer.of(byte))
    expect((await client.nextFrame())?.length).toBeGreaterThan(100)
    client.end()
  })

  it.each([
    ['a length of nothing', framed(Buffer.alloc(0), 0)],
    ['a negative length', framed(Buffer.alloc(8), -1)],
    ['a length over 100 MB', framed(Buffer.alloc(8), 100 * 1024 ** 2 + 1)],
    ['an unknown API', framed(Buffer.from([3, 231, 0, 0, 0, 0, 0, 1, 255, 255]))],
    ['Fetch 3', framed(Buffer.from([0, 1, 0, 3, 0, 0, 0, 1, 255, 255]))],
    ['Produce 2', framed(Buffer.from([0, 0, 0, 2, 0, 0, 0, 1, 255, 255]))],
  ])('is closed without an answer after %s', async (_what, bytes) => {
    const broker = await overTcp()
    const client = await connectRaw(broker, over)
    client.write(bytes)
    expect(await client.nextFrame()).toBeUndefined()
  })

  it('answers strictly in order: what is behind a waiting fetch comes after it', async () => {
    const broker = await overTcp({ topics: { a: 1 } })
    const client = await connectRaw(broker, over)
    const partition = { partition: 0, fetchOffset: 0n, partitionMaxBytes: 1000 }
    const fetch = { maxWaitMs: 50, minBytes: 1, topics: [{ topic: 'a', partitions: [partition] }] }
    const [first, second] = [frameOf('Fetch', 4, fetch), frameOf('ApiVersions', 3, software)]
    client.write(Buffer.concat([first, second]))
    const answers = [await client.nextFrame(), await client.nextFrame()]
    expect(answers.map((answer) => answer?.readInt32BE(0))).toEqual([first.readInt32BE(8), second.readInt32BE(8)])
    client.end()
  })
})

it('finds topics that are created while it runs', async () => {
  const { broker, ask } = await withBroker()
  const spec = { name: 'late', numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }
  const created = broker.until('topic.exists', { topic: 'late', partitions: 2 })
  await ask('CreateTopics', 3, { topics: [spec] })
  await created
})
