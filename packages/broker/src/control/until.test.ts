import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BrokerListener } from '../observe/broker-events.js'
import { connectRaw } from '../server/test-support/raw-client.js'
import { withBroker } from '../server/test-support/with-broker.js'
import type { ConditionName, Conditions } from './conditions.js'
import type { BrokerControlError } from './control-error.js'
import { createUntil } from './until.js'
import { beginTransaction, joinAlone, produce } from './test-support/raw-requests.js'

const setup = () => withBroker({ topics: { orders: 2 } })

const failureOf = async (waiting: Promise<void>): Promise<BrokerControlError> => {
  try {
    await waiting
  } catch (error) {
    return error as BrokerControlError
  }
  return expect.unreachable('the wait was not given up')
}

afterEach(() => void vi.useRealTimers())

describe('until', () => {
  it('resolves at once where the predicate holds', async () => {
    const { broker } = await setup()
    await broker.until((view) => view.topics.length === 1, { timeout: 0 })
  })

  it('resolves when what happens in the broker makes it hold', async () => {
    const { broker, ask } = await setup()
    const waiting = broker.until((view) => view.records('orders').length === 3)
    for (const value of ['a', 'b', 'c']) await ask('Produce', 7, produce('orders', [value]))
    await waiting
  })

  it('looks now and then at what happens elsewhere', async () => {
    const { broker } = await setup()
    let done = false
    const waiting = broker.until(() => done)
    setImmediate(() => {
      done = true
    })
    await waiting
  })

  it('gives up on real time, and says what it waited for and what it saw', async () => {
    const { broker, ask } = await setup()
    await ask('Produce', 7, produce('orders', ['a']))
    const failure = await failureOf(
      broker.until('log.end', { topic: 'orders', partition: 0, atLeast: 2 }, { timeout: '10ms' }),
    )
    expect(failure).toMatchObject({
      name: 'BrokerControlError',
      code: 'BROKER_WAIT_TIMED_OUT',
      message:
        'Nothing came of it within 10 ms. Waited for: log.end topic orders, partition 0, atLeast 2. Saw: orders/0 [0, 1)',
    })
  })

  it('shows the whole view where a predicate was waited for', async () => {
    const { broker, ask } = await setup()
    await joinAlone({ ask }, 'billing')
    await beginTransaction({ ask }, 'orders')
    const failure = await failureOf(broker.until((view) => view.topics.length === 9, { timeout: 5 }))
    expect(failure.message).toContain('Waited for: (view) => view.topics.length === 9.')
    expect(failure.message).toContain('topic orders: 0 [0, 0), 1 [0, 0)')
    expect(failure.message).toContain('group billing: Stable, generation 1, 1 member, nothing committed')
    expect(failure.message).toMatch(/transaction tx: Ongoing, producer \d+ epoch 0, orders\/0/)
    expect(failure.message).toContain('connections: 1')
  })

  it('gives up when its signal aborts, before or later, and keeps the reason', async () => {
    const { broker } = await setup()
    const reason = new Error('test is over')
    const before = await failureOf(broker.until(() => false, { signal: AbortSignal.abort(reason) }))
    expect(before).toMatchObject({ code: 'BROKER_WAIT_ABORTED', cause: reason })
    const abort = new AbortController()
    const waiting = failureOf(broker.until('connections', { count: 5 }, { signal: abort.signal }))
    abort.abort(reason)
    expect(await waiting).toMatchObject({ code: 'BROKER_WAIT_ABORTED', cause: reason })
    expect((await waiting).message).toContain('Saw: 1 connections')
  })

  it('gives up when the broker is stopped', async () => {
    const { broker } = await setup()
    const waiting = failureOf(broker.until(() => false))
    await broker.stop()
    expect(await waiting).toMatchObject({ code: 'BROKER_STOPPED' })
  })

  it('fails with what its predicate throws', async () => {
    const { broker } = await setup()
    await expect(broker.until((view) => view.log('nope', 0).endOffset > 0n)).rejects.toMatchObject({
      code: 'BROKER_UNKNOWN_PARTITION',
      message: 'This broker has no topic "nope"; it has orders (2).',
    })
  })

  it.each<[string, () => [name: never, facts: never, options?: { timeout: never }], RegExp]>([
    [
      'a condition that is none',
      () => ['group.happy' as never, {} as never],
      /"group.happy" is no condition; these are: topic.exists,/,
    ],
    [
      'a time that is none',
      () => ['connections' as never, { count: 9 } as never, { timeout: 'soon' as never }],
      /"soon" is no time/,
    ],
  ])('refuses %s', async (_what, args, message) => {
    const { broker } = await setup()
    const failure = await failureOf(broker.until(...args()))
    expect(failure.code).toBe('BROKER_BAD_WAIT')
    expect(failure.message).toMatch(message)
  })

  it('has its limit also under fake timers', async () => {
    const { broker } = await setup()
    vi.useFakeTimers()
    expect(await failureOf(broker.until(() => false, { timeout: 5 }))).toMatchObject({ code: 'BROKER_WAIT_TIMED_OUT' })
  })

  it('leaves no listener behind, whether it was given up or not', async () => {
    const { broker } = await setup()
    const listeners = new Set<BrokerListener>()
    const subscribe = (listener: BrokerListener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
    const until = createUntil({ view: broker.inspect, events: { subscribe } })
    const { signal } = new AbortController()
    let holds = false
    const givenUp = failureOf(until(() => false, { timeout: 1, signal }))
    const resolved = until(() => holds, { signal })
    expect([listeners.size, getEventListeners(signal, 'abort').length]).toEqual([2, 2])
    await givenUp
    holds = true
    await resolved
    expect([listeners.size, getEventListeners(signal, 'abort').length]).toEqual([0, 0])
  })

  it('looks once for all that happens in one turn', async () => {
    const { broker } = await setup()
    let tell: BrokerListener | undefined
    const subscribe = (listener: BrokerListener) => {
      tell = listener
      return () => undefined
    }
    let looks = 0
    const until = createUntil({ view: broker.inspect, events: { subscribe } })
    const waiting = until(() => {
      looks += 1
      return looks === 2
    })
    for (let count = 0; count < 5; count += 1) tell?.({ kind: 'topic.deleted', topic: 'orders' })
    await waiting
    expect(looks).toBe(2)
  })
})

describe('conditions by name', () => {
  const committed = { group: 'billing', topic: 'orders', partition: 0 }

  it.each<[ConditionName, Conditions[ConditionName], boolean]>([
    ['topic.exists', { topic: 'orders', partitions: 2 }, true],
    ['topic.exists', { topic: 'orders', partitions: 3 }, false],
    ['topic.exists', { topic: 'nope' }, false],
    ['log.end', { topic: 'orders', partition: 0, atLeast: 3n }, true],
    ['log.end', { topic: 'orders', partition: 0, atLeast: 4 }, false],
    ['log.end', { topic: 'orders', partition: 7, atLeast: 0 }, false],
    ['log.stable', { topic: 'orders', partition: 0, atLeast: 2 }, true],
    ['log.stable', { topic: 'orders', partition: 0, atLeast: 3 }, false],
    ['records.readable', { topic: 'orders', atLeast: 2 }, true],
    ['records.readable', { topic: 'orders', atLeast: 3 }, false],
    ['records.readable', { topic: 'nope', atLeast: 0 }, false],
    ['group.stable', { group: 'billing', members: 1, generation: 1 }, true],
    ['group.stable', { group: 'billing', members: 2 }, false],
    ['group.stable', { group: 'billing', generation: 2 }, false],
    ['group.stable', { group: 'nope' }, false],
    ['group.state', { group: 'billing', state: 'Stable' }, true],
    ['group.state', { group: 'billing', state: 'Empty' }, false],
    ['offset.committed', { ...committed, atLeast: 2 }, true],
    ['offset.committed', { ...committed, atLeast: 3 }, false],
    ['offset.committed', { ...committed, partition: 1, atLeast: 0 }, false],
    ['transaction.open', { transactionalId: 'tx' }, true],
    ['transaction.open', { transactionalId: 'nope' }, false],
    ['transaction.ended', { transactionalId: 'tx' }, false],
    ['transaction.ended', { transactionalId: 'nope' }, false],
    ['connections', { count: 1 }, true],
    ['connections', { count: 2 }, false],
  ])('%s %o: %s', async (name, facts, holds) => {
    const { broker, ask } = await setup()
    await ask('Produce', 7, produce('orders', ['a', 'b']))
    const producer = await beginTransaction({ ask }, 'orders')
    await ask('Produce', 7, produce('orders', ['c'], { transactional: true, baseSequence: 0, ...producer }))
    const member = await joinAlone({ ask }, 'billing')
    await ask('OffsetCommit', 5, {
      groupId: 'billing',
      memberId: member.memberId,
      generationIdOrMemberEpoch: member.generationId,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 2n, committedMetadata: null }] }],
    })
    const outcome = broker.until(name, facts, { timeout: 0 }).then(
      () => true,
      (error: BrokerControlError) => (error.code === 'BROKER_WAIT_TIMED_OUT' ? false : error),
    )
    expect(await outcome).toBe(holds)
  })

  it('sees the end of a transaction', async () => {
    const { broker, ask } = await setup()
    const producer = await beginTransaction({ ask }, 'orders')
    const waiting = broker.until('transaction.ended', { transactionalId: 'tx' })
    await ask('EndTxn', 1, { transactionalId: 'tx', ...producer, committed: false })
    await waiting
    expect(broker.inspect.transaction('tx')?.status).toBe('CompleteAbort')
    expect(broker.inspect.log('orders', 0).markers).toMatchObject([{ committed: false }])
  })

  it('sees a connection go', async () => {
    const { broker } = await setup()
    const other = await connectRaw(broker)
    await broker.until('connections', { count: 2 })
    other.end()
    await broker.until('connections', { count: 1 })
  })
})
