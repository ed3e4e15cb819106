import { describe, expect, it, vi } from 'vitest'
import { randomFaultPlan } from '../faults/random-fault-plan.js'
import { on } from '../faults/on.js'
import { connectRaw } from '../server/test-support/raw-client.js'
import { withBroker } from '../server/test-support/with-broker.js'
import { beginTransaction, joinAlone, produce } from './test-support/raw-requests.js'

const setup = () => withBroker({ topics: { orders: 2 } })

describe('what a test does to a broker', () => {
  it('forces a rebalance, and says whether there was anybody to ask', async () => {
    const { broker, ask } = await setup()
    expect(broker.forceRebalance('billing')).toBe(false)
    const member = await joinAlone({ ask }, 'billing')
    expect(broker.forceRebalance('billing')).toBe(true)
    expect(await ask('Heartbeat', 3, member)).toMatchObject({ errorCode: 27 })
  })

  it('expires a member, and says whether there was one', async () => {
    const { broker, ask } = await setup()
    const member = await joinAlone({ ask }, 'billing')
    expect(broker.expireMember('billing', 'nobody')).toBe(false)
    expect(broker.expireMember('billing', member.memberId)).toBe(true)
    expect(await ask('Heartbeat', 3, member)).toMatchObject({ errorCode: 25 })
  })

  it('fences a producer, and says whether there was one', async () => {
    const { broker, ask } = await setup()
    expect(broker.fenceProducer('tx')).toBe(false)
    const producer = await beginTransaction({ ask }, 'orders')
    expect(broker.fenceProducer('tx')).toBe(true)
    await broker.until('transaction.ended', { transactionalId: 'tx' })
    expect(await ask('EndTxn', 1, { transactionalId: 'tx', ...producer, committed: true })).toMatchObject({
      errorCode: 47,
    })
  })

  it('holds markers for as long as a scope', async () => {
    const { broker, ask } = await setup()
    const producer = await beginTransaction({ ask }, 'orders')
    {
      using _held = broker.holdMarkers('tx')
      await ask('EndTxn', 1, { transactionalId: 'tx', ...producer, committed: true })
      expect(broker.inspect.transaction('tx')).toMatchObject({ status: 'PrepareCommit', isHeld: true })
    }
    await broker.until('transaction.ended', { transactionalId: 'tx' })
  })

  it('cuts the head of a log to an offset or to its end, within the log', async () => {
    const { broker, ask } = await setup()
    await ask('Produce', 7, produce('orders', ['a', 'b', 'c']))
    const start = () => broker.inspect.log('orders', 0).startOffset
    broker.truncateHead('orders', 0, 1)
    expect(start()).toBe(1n)
    broker.truncateHead('orders', 0, 0n)
    expect(start()).toBe(1n)
    broker.truncateHead('orders', 0)
    expect(start()).toBe(3n)
    expect(() => broker.truncateHead('orders', 2)).toThrow('"orders" has no partition 2; it has orders (2).')
  })

  it('freezes: nobody is answered, who comes neither, until it goes on or starts again', async () => {
    const { broker, ask } = await setup()
    const answered: string[] = []
    {
      using _frozen = broker.freeze()
      const late = await connectRaw(broker)
      void ask('Heartbeat', 3, { groupId: 'billing', generationId: 1, memberId: 'm' }).then(() =>
        answered.push('first'),
      )
      void late.ask('Metadata', 5, { topics: [] }).then(() => answered.push('late'))
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(answered).toEqual([])
    }
    await vi.waitUntil(() => answered.length === 2)
    expect(answered.toSorted()).toEqual(['first', 'late'])
    broker.freeze()
    await broker.restart()
    const { brokers } = await (await connectRaw(broker)).ask('Metadata', 5, { topics: [] })
    expect(brokers).toHaveLength(1)
  })

  it('ends the connections of one client, or all', async () => {
    const { broker, ask, closed } = await setup()
    const quiet = await connectRaw(broker)
    await ask('ListGroups', 0, {})
    expect(broker.disconnect('nobody')).toBe(0)
    expect(broker.disconnect('raw')).toBe(1)
    await closed
    expect(broker.inspect.connections).toHaveLength(1)
    expect(broker.disconnect()).toBe(1)
    await quiet.closed
  })

  it('restarts: every connection ends, what it held is there again', async () => {
    const { broker, ask, closed } = await setup()
    await ask('Produce', 7, produce('orders', ['a']))
    await joinAlone({ ask }, 'billing')
    const { port } = broker
    await broker.restart()
    await closed
    expect(broker.port).toBe(port)
    expect(broker.inspect.records('orders')).toHaveLength(1)
    expect(broker.inspect.group('billing')).toMatchObject({ generation: 1 })
    const again = await connectRaw(broker)
    expect(await again.ask('Produce', 7, produce('orders', ['b']))).toMatchObject({
      responses: [{ partitionResponses: [{ errorCode: 0, baseOffset: 1n }] }],
    })
    again.end()
  })

  it('is away until it is brought up', async () => {
    const { broker } = await setup()
    const bringUp = await broker.takeDown()
    await expect(connectRaw(broker)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await bringUp()
    ;(await connectRaw(broker)).end()
  })

  it('stays away where it is stopped while a restart is under way', async () => {
    const { broker } = await setup()
    const restarting = broker.restart({ down: 'soon' as '1m' }).catch((error: unknown) => error)
    expect(await restarting).toMatchObject({ code: 'BROKER_BAD_WAIT' })
    const back = broker.restart({ down: '10m' })
    await broker.until('connections', { count: 0 })
    await broker.stop()
    await back
    await expect(connectRaw(broker)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('what a test sees', () => {
  it('reads topics, groups, offsets, transactions and connections', async () => {
    const { broker, ask } = await setup()
    const { inspect } = broker
    await ask('Produce', 7, produce('orders', ['a']))
    await ask('OffsetCommit', 5, {
      groupId: 'simple',
      memberId: '',
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 7n, committedMetadata: 'm' }] }],
    })
    expect(inspect.topics).toMatchObject([{ name: 'orders', partitions: [{ endOffset: 1n }, { endOffset: 0n }] }])
    expect(inspect.topic('nope')).toBeUndefined()
    expect(inspect.groups).toMatchObject([{ groupId: 'simple', state: 'Empty' }])
    expect(inspect.committed('simple', 'orders', 0)).toBe(7n)
    expect(inspect.committed('simple', 'orders', 1)).toBeUndefined()
    expect(inspect.committed('nope', 'orders', 0)).toBeUndefined()
    expect(inspect.transactions).toEqual([])
    expect(inspect.connections).toMatchObject([{ client: 'memory', clientId: 'raw', isWorking: false }])
  })

  it('gives the records of a topic as a reader of committed records gets them', async () => {
    const { broker, ask } = await setup()
    const write = (values: string[], batch: object = {}) => ask('Produce', 7, produce('orders', values, batch))
    await write(['plain'])
    const producer = await beginTransaction({ ask }, 'orders')
    await write(['open'], { transactional: true, baseSequence: 0, ...producer })
    await write(['behind'])
    await write(['other'], { partition: 1 })
    const values = () => broker.inspect.records('orders').map(({ value }) => value?.toString())
    expect(values()).toEqual(['plain', 'other'])
    await ask('EndTxn', 1, { transactionalId: 'tx', ...producer, committed: false })
    await broker.until('transaction.ended', { transactionalId: 'tx' })
    expect(values()).toEqual(['plain', 'behind', 'other'])
  })

  it('gives all of it as plain data', async () => {
    const { broker, ask } = await setup()
    await ask('Produce', 7, produce('orders', ['a']))
    await ask('OffsetCommit', 5, {
      groupId: 'simple',
      memberId: '',
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 7n, committedMetadata: null }] }],
    })
    await beginTransaction({ ask }, 'orders')
    const record = { offset: '0', timestamp: '1000', key: null, value: 'a', headers: [], transaction: 'none' }
    expect(JSON.parse(JSON.stringify(broker.inspect.snapshot()))).toEqual({
      topics: {
        orders: [
          { startOffset: '0', endOffset: '1', stableOffset: '1', records: [record] },
          { startOffset: '0', endOffset: '0', stableOffset: '0', records: [] },
        ],
      },
      groups: { simple: { state: 'Empty', generation: 0, members: [], committed: { 'orders/0': '7' } } },
      transactions: { tx: { status: 'Ongoing', producerId: expect.any(String), producerEpoch: 0 } },
    })
  })

  it('traces requests with their answers and faults', async () => {
    const { broker, ask } = await setup()
    broker.trace.start()
    broker.faults.add(on('Produce').error('NOT_ENOUGH_REPLICAS'))
    await ask('Produce', 7, produce('orders', ['a']))
    await ask('ListGroups', 0, {})
    const [produced, listed] = broker.trace.lines({ times: false }).map((line) => line.replaceAll(/#\d+\.\d+/g, '#'))
    expect(produced).toContain('# raw Produce 7 { acks: -1, timeoutMs: 1000, topicData: [{ name: "orders"')
    expect(produced).toContain('errorCode: 19 NOT_ENOUGH_REPLICAS')
    expect(produced).toMatch(/ ! on\('Produce'\)\.error\('NOT_ENOUGH_REPLICAS'\)$/)
    expect(listed).toBe('# raw ListGroups 0 {} -> {}')
  })

  it('does the same again with the same seed and the same plan', async () => {
    const run = async () => {
      const { broker, ask } = await withBroker({ topics: { orders: 1 }, seed: 9 })
      broker.faults.add(
        randomFaultPlan({ seed: 4, count: 20, within: 20, kinds: ['error', 'delayAnswer', 'delay'], maxWaitMs: 2 }),
      )
      broker.faults.add(on('Produce').chance(0.3).error('NOT_LEADER_OR_FOLLOWER'))
      const codes: unknown[] = []
      for (let count = 0; count < 20; count += 1) {
        codes.push((await ask('Produce', 7, produce('orders', ['a']))).responses[0]?.partitionResponses[0]?.errorCode)
      }
      return { codes, happened: String(broker.faults.happened()) }
    }
    const first = await run()
    expect(new Set(first.codes).size).toBeGreaterThan(1)
    expect(await run()).toEqual(first)
  })
})
