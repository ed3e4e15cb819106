/** Each fault as a client meets it: a broker, in-memory sockets, one line. */
import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../clock/virtual-clock.js'
import { type Fault, on } from '../faults/on.js'
import { connectRaw, frameOf } from '../server/test-support/raw-client.js'
import { withBroker } from '../server/test-support/with-broker.js'
import { beginTransaction, fetch, joinAlone, produce } from './test-support/raw-requests.js'

const setup = async (...faults: Fault[]) => {
  const rig = await withBroker({ topics: { orders: 2, other: 1 } })
  rig.broker.faults.add(...faults)
  const values = (topic = 'orders') => rig.broker.inspect.records(topic).map(({ value }) => value?.toString())
  return { ...rig, values }
}

/** The error of the first partition of a produce. */
const codeOf = (answer: { responses: { partitionResponses: { errorCode: number }[] }[] }) =>
  answer.responses[0]?.partitionResponses[0]?.errorCode

describe('faults on the wire', () => {
  it('answers an error and applies nothing', async () => {
    const { ask, values } = await setup(on('Produce').nth(2).error('NOT_ENOUGH_REPLICAS'))
    const codes: unknown[] = []
    for (const value of ['a', 'b', 'c']) codes.push(codeOf(await ask('Produce', 7, produce('orders', [value]))))
    expect(codes).toEqual([0, 19, 0])
    expect(values()).toEqual(['a', 'c'])
  })

  it('fails one partition of a request and applies the other', async () => {
    const { ask, broker } = await setup(on('Produce').topic('orders').partition(1).error('NOT_LEADER_OR_FOLLOWER'))
    const [first] = produce('orders', ['a']).topicData
    const [second] = produce('orders', ['b'], { partition: 1 }).topicData
    const partitionData = [...(second?.partitionData ?? []), ...(first?.partitionData ?? [])]
    const body = { ...produce('orders', []), topicData: [{ name: 'orders', partitionData }] }
    expect((await ask('Produce', 7, body)).responses).toMatchObject([
      {
        name: 'orders',
        partitionResponses: [
          { index: 1, errorCode: 6 },
          { index: 0, errorCode: 0, baseOffset: 0n },
        ],
      },
    ])
    expect(broker.inspect.topic('orders')?.partitions.map(({ endOffset }) => endOffset)).toEqual([1n, 0n])
  })

  it.each([
    ['not applied, closed', on('Produce').close(), []],
    ['applied, and the answer lost with the connection', on('Produce').dropAnswer(), ['a']],
  ] as const)('%s', async (_what, fault, stored) => {
    const { write, nextFrame, closed, values } = await setup(fault)
    write(frameOf('Produce', 7, produce('orders', ['a'])))
    expect(await nextFrame()).toBeUndefined()
    await closed
    expect(values()).toEqual(stored)
  })

  it.each([
    ['not applied and never answered, and the connection goes on', on('Produce').drop(), []],
    ['applied and never answered, and the connection goes on', on('Produce').swallowAnswer(), ['a']],
  ] as const)('%s', async (_what, fault, stored) => {
    const { write, ask, values } = await setup(fault)
    write(frameOf('Produce', 7, produce('orders', ['a'])))
    // The next answer on the connection is that of the next request.
    expect(await ask('Fetch', 4, fetch('orders'))).toMatchObject({ responses: [{ topic: 'orders' }] })
    expect(values()).toEqual(stored)
  })

  it('applies, and closes after half of the answer', async () => {
    const { socket, write, closed, values } = await setup(on('Produce').halfAnswer())
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
    write(frameOf('Produce', 7, produce('orders', ['a'])))
    await closed
    const bytes = Buffer.concat(chunks)
    expect(bytes.length).toBeGreaterThan(4)
    expect(bytes.length).toBeLessThan(bytes.readInt32BE(0) + 4)
    expect(values()).toEqual(['a'])
  })

  it('stalls a connection for good, and no other', async () => {
    const { write, broker, values } = await setup(on('Produce').once().stall())
    write(frameOf('Produce', 7, produce('orders', ['a'])))
    write(frameOf('Produce', 7, produce('orders', ['b'])))
    const other = await connectRaw(broker)
    expect(codeOf(await other.ask('Produce', 7, produce('orders', ['c'])))).toBe(0)
    expect(values()).toEqual(['c'])
    expect(broker.inspect.connections).toHaveLength(2)
    other.end()
  })

  it('does to requests without an answer what it can: an error closes their connection', async () => {
    const { write, closed, values } = await setup(on('Produce').with({ acks: 0 }).error('NOT_LEADER_OR_FOLLOWER'))
    write(frameOf('Produce', 7, produce('orders', ['a'], { acks: 0 })))
    await closed
    expect(values()).toEqual([])
  })

  it('puts an error into metadata and leaves the rest of it', async () => {
    const { ask } = await setup(on('Metadata').topic('other').error('LEADER_NOT_AVAILABLE'))
    const { brokers, topics } = await ask('Metadata', 6, { topics: null })
    expect(brokers).toHaveLength(1)
    expect(topics.map(({ name, errorCode, partitions }) => [name, errorCode, partitions.length])).toEqual([
      ['orders', 0, 2],
      ['other', 5, 0],
    ])
  })

  it('cuts the head of a log under a reader', async () => {
    const { ask } = await setup(on('Fetch').topic('orders').nth(2).truncateHead({ to: 2 }))
    await ask('Produce', 7, produce('orders', ['a', 'b', 'c']))
    const codes: unknown[] = []
    for (let count = 0; count < 2; count += 1) {
      codes.push((await ask('Fetch', 4, fetch('orders'))).responses[0]?.partitions[0]?.errorCode)
    }
    expect(codes).toEqual([0, 1])
  })

  it('forces a rebalance, and expires a member', async () => {
    const { ask, broker } = await setup(on('Heartbeat').nth(1).forceRebalance(), on('Heartbeat').nth(2).expireMember())
    const member = await joinAlone({ ask }, 'billing')
    expect(await ask('Heartbeat', 3, member)).toMatchObject({ errorCode: 27 })
    expect(await ask('Heartbeat', 3, member)).toMatchObject({ errorCode: 25 })
    expect(broker.inspect.group('billing')?.members).toEqual([])
  })

  it('fences a producer', async () => {
    const { ask } = await setup(on('EndTxn').fenceProducer())
    const producer = await beginTransaction({ ask }, 'orders')
    expect(await ask('EndTxn', 1, { transactionalId: 'tx', ...producer, committed: true })).toMatchObject({
      errorCode: 47,
    })
  })
})

describe('faults in time', () => {
  const timed = async (...faults: Fault[]) => {
    const clock = createVirtualClock()
    const rig = await withBroker({ topics: { orders: 1 }, clock })
    rig.broker.faults.add(...faults)
    let answers = 0
    const ask = () => {
      rig.write(frameOf('Produce', 7, produce('orders', ['a'], { records: [{ value: 'a', timestamp: clock.now() }] })))
      void rig.nextFrame().then((frame) => (answers += frame === undefined ? 0 : 1))
      return clock.settle()
    }
    const end = () => rig.broker.inspect.log('orders', 0).endOffset
    return { ...rig, clock, say: ask, end, answers: () => answers }
  }

  it('applies late', async () => {
    const { clock, say, end, answers } = await timed(on('Produce').once().delay('2s'))
    await say()
    await clock.advance(1_999)
    expect([end(), answers()]).toEqual([0n, 0])
    await clock.advance(1)
    expect([end(), answers()]).toEqual([1n, 1])
  })

  it('applies at once and answers late', async () => {
    const { clock, say, end, answers } = await timed(on('Produce').once().delayAnswer('2s'))
    await say()
    await clock.advance(1_999)
    expect([end(), answers()]).toEqual([1n, 0])
    await clock.advance(1)
    expect(answers()).toBe(1)
  })

  it('throttles: answers at once, and reads on when the time is over', async () => {
    const { clock, say, end, answers } = await timed(on('Produce').once().throttle('2s'))
    await say()
    expect([end(), answers()]).toEqual([1n, 1])
    await say()
    await clock.advance(1_999)
    expect([end(), answers()]).toEqual([1n, 1])
    await clock.advance(1)
    expect([end(), answers()]).toEqual([2n, 2])
  })

  it('holds markers, and answers 51 until it lets them go', async () => {
    const clock = createVirtualClock()
    const { ask: waitFor, broker } = await withBroker({ topics: { orders: 1 }, clock })
    broker.faults.add(on('EndTxn').holdMarkers('5s'))
    const ask: typeof waitFor = async (...request) => {
      const answer = waitFor(...request)
      await clock.settle()
      return answer
    }
    const producer = await beginTransaction({ ask }, 'orders')
    expect(await ask('EndTxn', 1, { transactionalId: 'tx', ...producer, committed: true })).toMatchObject({
      errorCode: 0,
    })
    const again = { transactionalId: 'tx', transactionTimeoutMs: 60_000 }
    expect(await ask('InitProducerId', 1, again)).toMatchObject({ errorCode: 51 })
    expect(broker.inspect.log('orders', 0).markers).toEqual([])
    await clock.advance(5_000)
    expect(broker.inspect.log('orders', 0).markers).toMatchObject([{ committed: true }])
    expect(await ask('InitProducerId', 1, again)).toMatchObject({ errorCode: 0 })
  })

  it('restarts with the log kept, gone for as long as it was told', async () => {
    const { clock, say, closed, broker } = await timed(on('Produce').nth(2).dropAnswer().restart('3s'))
    await say()
    await say()
    await closed
    expect(broker.inspect.connections).toEqual([])
    const refused = connectRaw(broker).catch((error: NodeJS.ErrnoException) => error.code)
    await clock.advance(2_000)
    expect(await refused).toBe('ECONNREFUSED')
    await clock.advance(1_000)
    const connecting = connectRaw(broker)
    await clock.settle()
    const again = await connecting
    const answer = again.ask('Fetch', 4, fetch('orders'))
    await clock.settle()
    expect((await answer).responses[0]?.partitions[0]?.highWatermark).toBe(2n)
    again.end()
  })
})
