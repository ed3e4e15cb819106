import { bytes, defineConsumer, handle, type HandleOptions, type MessageContext, topic } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { type TestWorker, type TestWorkerOptions, testWorker } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: bytes })

interface Setup extends Partial<TestWorkerOptions> {
  readonly handler?: HandleOptions
  readonly run?: (order: Buffer, context: MessageContext) => unknown
}

async function setup({ handler = {}, run = () => undefined, ...options }: Setup = {}) {
  const seen: string[] = []
  const handlers = [
    handle(Orders, { retry: 'none', onExhausted: 'halt', ...handler }, async (order, context) => {
      await run(order, context)
      seen.push(`${context.partition}/${context.offset}`)
    }),
  ]
  const consumers = [defineConsumer({ group: 'billing', handlers })]
  const worker = await testWorker({ consumers, partitions: 2, patienceMs: 20, ...options })
  return { seen, worker }
}

const saidOf = (worker: TestWorker, name: string) => worker.events.filter((event) => event.name === name)

describe('a driver that is stuck', () => {
  it.each([
    ['in one partition', { partition: 1 }, [1]],
    ['in all', {}, [0, 1]],
  ])('%s is noticed, said and replaced; nothing is lost or done twice', async (_where, which, stuck) => {
    const { seen, worker } = await setup()
    worker.sendRaw(Orders, { partition: 1, value: 'before' })
    await worker.settled()
    const release = worker.driver.stallFetches(which)
    worker.worker.on('member.rebuilding', release)
    for (const partition of [0, 1]) worker.sendRaw(Orders, { partition, value: 'behind' })

    await worker.advance('2m')
    expect(saidOf(worker, 'member.stalled')).toMatchObject([
      { stalled: stuck.map((partition) => ({ partition, endOffset: partition === 1 ? 2n : 1n })) },
    ])
    await worker.advance('1m')
    expect(seen.toSorted()).toEqual(['0/0', '1/0', '1/1'])
    expect(worker.worker.inspect()).toMatchObject({ isReady: true, groups: [{ stalls: 1, deaths: 1 }] })
    await worker.stop()
    expect(worker.committed(Orders)).toEqual(
      new Map([
        [0, 1n],
        [1, 2n],
      ]),
    )
  })

  it('and stays stuck whoever joins is given up, like a member that dies again and again', async () => {
    const { worker } = await setup({ restarts: 2, restartWindow: '1h' })
    worker.driver.stallFetches()
    worker.sendRaw(Orders, { partition: 0, value: 'never' })
    await worker.advance('10m')
    expect(worker.worker.state).toBe('failed')
    expect(saidOf(worker, 'worker.failed')).toMatchObject([
      { error: { code: 'MILLRACE_WORKER_FAILED', cause: { code: 'MILLRACE_DRIVER_MEMBER_STALLED' } } },
    ])
    await worker.stop()
  })

  it('and does not even leave ends the worker: nobody could tell whether it keeps its partitions', async () => {
    const { seen, worker } = await setup()
    worker.driver.stallFetches()
    const release = worker.driver.holdLeaves()
    worker.sendRaw(Orders, { partition: 0, value: 'the next process reads it' })
    await worker.advance('4m')
    expect(worker.worker.state).toBe('failed')
    expect(saidOf(worker, 'worker.failed')).toMatchObject([
      { error: { code: 'MILLRACE_DRIVER_LEAVE_FAILED', cause: { code: 'MILLRACE_DRIVER_MEMBER_STALLED' } } },
    ])
    expect([seen, saidOf(worker, 'member.rebuilding')]).toEqual([[], []])
    await worker.stop()
    release()
  })
})

describe('no stall is', () => {
  const isQuiet = async (worker: TestWorker): Promise<void> => {
    await worker.advance('10m')
    expect(saidOf(worker, 'member.stalled')).toEqual([])
    expect(saidOf(worker, 'member.died')).toEqual([])
    await worker.stop()
  }

  it('a handler that takes long, while records wait and more arrive', async () => {
    const clock: { now?: TestWorker['clock'] } = {}
    const { seen, worker } = await setup({
      handler: { timeout: '10m' },
      run: () => clock.now?.wait(240_000, new AbortController().signal),
      rebalanceTimeout: '1h',
    })
    clock.now = worker.clock
    for (let at = 0; at < 3; at += 1) worker.sendRaw(Orders, { partition: 0, value: 'slow' })
    await isQuiet(worker)
    expect(seen.length).toBeGreaterThan(1)
  })

  it('a full buffer', async () => {
    const clock: { now?: TestWorker['clock'] } = {}
    const { worker } = await setup({
      handler: { timeout: '30m' },
      run: () => clock.now?.wait(1_200_000, new AbortController().signal),
      ...{ bufferedRecords: 1, rebalanceTimeout: '2h' },
    })
    clock.now = worker.clock
    for (let at = 0; at < 600; at += 1) worker.sendRaw(Orders, { partition: 0, value: 'many' })
    await worker.advance('1s')
    for (let at = 0; at < 600; at += 1) worker.sendRaw(Orders, { partition: 0, value: 'more' })
    await isQuiet(worker)
  })

  it('a halted lane', async () => {
    const { worker } = await setup({ run: () => Promise.reject(new Error('no')) })
    for (let at = 0; at < 3; at += 1) worker.sendRaw(Orders, { partition: 0, value: 'bad' })
    await worker.advance('1s')
    worker.sendRaw(Orders, { partition: 0, value: 'behind' })
    await isQuiet(worker)
  })

  it('an idle topic, and a log that ends in aborted records and markers', async () => {
    const { worker } = await setup()
    worker.sendRaw(Orders, { partition: 0, value: 'one' })
    worker.driver.leaveGap('orders', 0, 5)
    await isQuiet(worker)
  })

  it('a topic that is written to once in a while', async () => {
    const { seen, worker } = await setup()
    for (let at = 0; at < 20; at += 1) {
      worker.sendRaw(Orders, { partition: 0, value: 'one' })
      await worker.advance('59s')
    }
    expect(seen).toHaveLength(20)
    await isQuiet(worker)
  })

  it('a partition that is known to be unreadable', async () => {
    const { worker } = await setup()
    worker.driver.stallFetches({ partition: 0 })
    worker.sendRaw(Orders, { partition: 0, value: 'unread' })
    const at = { group: 'billing', topic: 'orders', partition: 0 }
    worker.driver.report({ name: 'partition.failed', ...at, error: new Error('no leader') })
    await isQuiet(worker)
  })

  it('a cluster that does not tell where logs end', async () => {
    const { worker } = await setup()
    worker.driver.stallFetches()
    const release = worker.driver.holdEndOffsets()
    worker.sendRaw(Orders, { partition: 0, value: 'unread' })
    await isQuiet(worker)
    release()
  })
})
