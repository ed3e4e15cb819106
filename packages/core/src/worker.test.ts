import { afterEach, describe, expect, it } from 'vitest'
import { defineConsumer, handle, transform } from './declare/define-consumer.js'
import { bytes } from './declare/serdes/bytes.js'
import { topic } from './declare/topic.js'
import type { WorkerOptions } from './assemble/worker-contract.js'
import type { Driver, MemberEvents, MemberOptions, TransactionOptions } from './receive/driver.js'
import { createHandClock } from './test-support/hand-clock.js'
import { createWorker } from './worker.js'

const Orders = topic('orders', { key: bytes, value: bytes })

/** A driver whose members join at once, without partitions. */
function setup(options: Partial<WorkerOptions> = {}, overrides: Partial<Driver> = {}) {
  const clock = createHandClock()
  const calls: string[] = []
  const members: MemberEvents[] = []
  const driver: Driver = {
    ...{ name: 'fake', capabilities: { transactions: false, staticMembership: false } },
    describeTopics: async (names) => new Map(names.map((name) => [name, { name, partitions: 1 }])),
    openSender: () => Promise.reject(new Error('not needed')),
    openTransactions: () => Promise.reject(new Error('not needed')),
    close: async () => void calls.push('driver closed'),
    join(_options, events) {
      members.push(events)
      queueMicrotask(() => void events.onAssigned([], 1))
      return {
        commit: async () => undefined,
        endOffsets: async () => new Map(),
        leave: async () => void calls.push('left'),
      }
    },
    ...overrides,
  }
  const handlers = [handle(Orders, { onExhausted: 'halt' }, () => undefined)]
  const consumers = [defineConsumer({ group: 'billing', handlers })]
  const worker = createWorker({ consumers, driver, clock, ...options })
  return { calls, clock, members, worker }
}

const stray: unknown[] = []
const listen = (thrown: unknown): void => void stray.push(thrown)
process.on('unhandledRejection', listen)
afterEach(() => {
  expect(stray.splice(0)).toEqual([])
})

describe('a worker', () => {
  it('starts once and stops once, whatever listeners ask for in between', async () => {
    const { worker, calls } = setup({ shutdownTimeout: '1s' }) // which is warned about
    const heard: string[] = []
    worker.onAny(({ name }) => {
      heard.push(name)
      if (name === 'worker.warned') void worker.start()
      if (name === 'worker.draining') void worker.stop()
    })
    await worker.start()
    const [report, again] = await Promise.all([worker.stop(), worker.stop()])
    expect(again).toBe(report)
    expect(calls).toEqual(['left', 'driver closed'])
    expect(heard.filter((name) => name.startsWith('worker.'))).toEqual([
      ...['worker.warned', 'worker.started', 'worker.draining', 'worker.stopped'],
    ])
  })

  it('opens nothing when a listener stops it while it prepares', async () => {
    let isOpened = false
    const started: string[] = []
    const handlers = [handle(Orders, { deadLetter: true }, () => undefined)]
    const { worker } = setup(
      {
        consumers: [defineConsumer({ group: 'billing', handlers })],
        shutdownTimeout: '1s',
        verifyTopics: false,
        hooks: [{ onStart: () => void started.push('hook') }],
      },
      { openSender: async () => ((isOpened = true), Promise.reject(new Error('closed'))) },
    )
    worker.on('worker.warned', () => void worker.stop())
    await expect(worker.start()).rejects.toMatchObject({ code: 'MILLRACE_WORKER_STATE' })
    await worker.stop()
    expect([isOpened, started, worker.state]).toEqual([false, [], 'stopped'])
  })

  it('takes every step of the end, even when one of them throws instead of rejecting', async () => {
    const bug = (): never => {
      throw new TypeError('not async')
    }
    const instances = { prepare: async () => undefined, bind: bug, close: bug }
    const { worker, calls } = setup({ instances })
    await worker.start()
    expect(await worker.stop()).toEqual({ abandoned: 0, inTime: true })
    expect(calls).toEqual(['left', 'driver closed'])
    expect(worker.state).toBe('stopped')
  })

  it('says why it could not start when its driver can not make a member, and can still be stopped', async () => {
    const { worker, calls, clock } = setup(
      {},
      {
        join() {
          throw new TypeError('wrong settings')
        },
      },
    )
    await expect(worker.start()).rejects.toThrow('wrong settings')
    await worker.stop()
    await clock.advance(0)
    expect(calls).toEqual(['driver closed'])
  })

  it('refuses at start what its driver can not do, and hands it on to one that can', async () => {
    const lacking = setup({ instanceId: 'pod-0' })
    await expect(lacking.worker.start()).rejects.toMatchObject({ code: 'MILLRACE_DRIVER_LACKS' })
    expect(lacking.members).toEqual([])
    const joined: MemberOptions[] = []
    const { worker } = setup(
      { instanceId: 'pod-0' },
      {
        capabilities: { transactions: false, staticMembership: true },
        join(options, events) {
          joined.push(options)
          queueMicrotask(() => void events.onAssigned([], 1))
          return { commit: async () => undefined, endOffsets: async () => new Map(), leave: async () => undefined }
        },
      },
    )
    await worker.start()
    await worker.stop()
    expect(joined).toMatchObject([{ instanceId: 'pod-0' }])
  })

  it('does not run when its member can not be kept alive before the start is over', async () => {
    const { worker } = setup(
      { restarts: 0 },
      {
        join(_options, events) {
          queueMicrotask(() => {
            void events.onAssigned([], 1)
            events.onFatal(new Error('fenced'))
          })
          return { commit: async () => undefined, endOffsets: async () => new Map(), leave: async () => undefined }
        },
      },
    )
    await expect(worker.start()).rejects.toMatchObject({ code: 'MILLRACE_WORKER_FAILED' })
    expect(worker.state).toBe('stopped')
  })
})

describe('a worker with exactly-once transforms', () => {
  const Invoices = topic('invoices', { key: bytes, value: bytes })
  const to = { to: Invoices, onExhausted: 'halt' } as const
  const consumers = ['billing', 'shipping'].map((group) =>
    defineConsumer({ group, handlers: [transform(Orders, { ...to, name: `${group}.copy` }, (value) => ({ value }))] }),
  )

  function setupTransactions(options: Partial<WorkerOptions> = {}, overrides: Partial<Driver> = {}) {
    const opened: TransactionOptions[] = []
    const order: string[] = []
    const bench = setup(
      { consumers, ...options },
      {
        capabilities: { transactions: true, staticMembership: true },
        openTransactions: async (given) => {
          opened.push(given)
          order.push('opened')
          return { begin: () => expect.fail('not needed'), close: async () => void order.push('closed') }
        },
        join(_options, events) {
          order.push('joined')
          queueMicrotask(() => void events.onAssigned([], 1))
          return {
            commit: async () => undefined,
            endOffsets: async () => new Map(),
            leave: async () => void order.push('left'),
          }
        },
        close: async () => void order.push('driver closed'),
        ...overrides,
      },
    )
    return { ...bench, opened, order }
  }

  it('opens one transactional producer per group before it joins, and closes them when it has left', async () => {
    const { worker, opened, order } = setupTransactions({ transactionalInstance: 'one', transactionTimeout: '20s' })
    await worker.start()
    await worker.stop()
    expect(opened).toEqual([
      { transactionalId: 'billing-one', transactionTimeoutMs: 20_000 },
      { transactionalId: 'shipping-one', transactionTimeoutMs: 20_000 },
    ])
    const both = (what: string) => [what, what]
    expect(order).toEqual([...both('opened'), ...both('joined'), ...both('left'), ...both('closed'), 'driver closed'])
  })

  it('calls it after the static instance id where nothing else was said, and else at random', async () => {
    const idsOf = async (options: Partial<WorkerOptions>): Promise<readonly string[]> => {
      const { worker, opened } = setupTransactions(options)
      await worker.start()
      await worker.stop()
      return opened.map(({ transactionalId }) => transactionalId)
    }
    expect(await idsOf({ instanceId: 'pod-0' })).toEqual(['billing-pod-0', 'shipping-pod-0'])
    const [first, second] = [await idsOf({}), await idsOf({})]
    expect(first[0]).toMatch(/^billing-[0-9a-f-]{36}$/)
    expect(first[0]?.slice('billing-'.length)).toBe(first[1]?.slice('shipping-'.length))
    expect(first[0]).not.toBe(second[0])
  })

  it('is refused at start by a driver that can not, and the transforms are named', async () => {
    const { worker, order } = setupTransactions({}, { capabilities: { transactions: false, staticMembership: false } })
    await expect(worker.start()).rejects.toMatchObject({
      code: 'MILLRACE_DRIVER_LACKS',
      message: expect.stringContaining('billing.copy, shipping.copy'),
    })
    expect(order).toEqual(['driver closed'])
  })

  it('is refused at start when its time-outs contradict each other', async () => {
    const { worker } = setupTransactions({ transactionTimeout: '2s' })
    await expect(worker.start()).rejects.toMatchObject({
      code: 'MILLRACE_OPTIONS_INVALID',
      message: expect.stringContaining('transactionTimeout'),
    })
  })

  it('closes what is open when one can not be opened', async () => {
    const order: string[] = []
    const { worker } = setupTransactions(
      {},
      {
        openTransactions: async ({ transactionalId }) => {
          if (transactionalId.startsWith('shipping')) throw new Error('too old')
          return { begin: () => expect.fail('not needed'), close: async () => void order.push('closed') }
        },
      },
    )
    await expect(worker.start()).rejects.toThrow('too old')
    expect(order).toEqual(['closed'])
  })

  it('does not wait for ever for transactions that can not be closed', async () => {
    const { worker, clock } = setupTransactions(
      {},
      {
        openTransactions: async () => ({
          begin: () => expect.fail('not needed'),
          close: () => new Promise(() => undefined),
        }),
      },
    )
    await worker.start()
    const stopped = worker.stop()
    await clock.advance(6_000)
    expect(await stopped).toMatchObject({ inTime: true })
  })
})
