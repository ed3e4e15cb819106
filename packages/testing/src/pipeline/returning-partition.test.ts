import { bytes, defineConsumer, handle, type MessageContext, topic } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { type TestWorker, testWorker, type TestWorkerOptions } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: bytes })
const never = new AbortController().signal

/** A worker with two partitions whose handler takes as long as the text of the record says, in ms, whatever its signal does. */
async function setup(options: Partial<TestWorkerOptions> = {}) {
  const log: string[] = []
  const open = new Set<string>()
  const overlaps: string[] = []
  async function run(order: Buffer, { partition, offset, attempt }: MessageContext): Promise<void> {
    const name = `${partition}/${offset}`
    if ([...open].some((other) => other.startsWith(`${partition}/`))) overlaps.push(name)
    const self = `${name}#${attempt}@${worker.clock.now()}`
    open.add(self)
    log.push(`${name} starts`)
    await worker.clock.wait(Number(order.toString()), never)
    open.delete(self)
    log.push(`${name} ends`)
  }
  const handlers = [handle(Orders, { retry: 'none', onExhausted: 'halt', timeout: '20s' }, run)]
  const consumers = [defineConsumer({ group: 'billing', handlers })]
  const worker: TestWorker = await testWorker({ consumers, partitions: 2, patienceMs: 20, ...options })
  const send = (partition: number, ms: number) => worker.sendRaw(Orders, { partition, value: String(ms) })
  return { log, overlaps, send, worker }
}

const lateOf = ({ events }: TestWorker) => events.filter(({ name }) => name === 'record.late')
const pausesOf = ({ events }: TestWorker) =>
  events.flatMap((event) =>
    event.name === 'partition.paused' || event.name === 'partition.resumed'
      ? [`${event.name} ${event.partition} ${event.reason}`]
      : [],
  )
const pausedBecause = ({ worker }: TestWorker) =>
  worker.inspect().groups.flatMap(({ partitions }) => partitions.map((one) => one.pausedBecause))

describe('a partition that comes back to the same worker', () => {
  it('is not worked on before a run of its lost lease has ended; other partitions are', async () => {
    const { log, overlaps, send, worker } = await setup()
    send(0, 9_000)
    send(0, 10)
    await worker.advance('1s')
    await worker.driver.loseMember()
    send(1, 10)
    await worker.advance('7s')
    expect(log).toEqual(['0/0 starts', '1/0 starts', '1/0 ends'])
    expect(worker.worker.inspect().isReady).toBe(true)
    expect([pausedBecause(worker), pausesOf(worker)]).toEqual([[['straggling'], []], ['partition.paused 0 straggling']])
    await worker.advance('12s')
    expect(pausesOf(worker).slice(1)).toEqual(['partition.resumed 0 straggling'])
    expect(pausedBecause(worker)).toEqual([[], []])
    expect(log.slice(3)).toEqual(['0/0 ends', '0/0 starts', '0/0 ends', '0/1 starts', '0/1 ends'])
    expect([overlaps, lateOf(worker).length]).toEqual([[], 1])
    await worker.stop()
    expect(worker.committed(Orders)).toEqual(
      new Map([
        [0, 2n],
        [1, 1n],
      ]),
    )
  })

  it('is not waited for longer than time limit and grace of a run that ignores its signal, which is then late', async () => {
    const { log, send, worker } = await setup()
    send(0, 3_600_000)
    await worker.advance('1s')
    await worker.driver.loseMember()
    await worker.advance('23s')
    expect([log, lateOf(worker)]).toEqual([['0/0 starts'], []])
    await worker.advance('1s')
    expect(log).toEqual(['0/0 starts', '0/0 starts'])
    expect(lateOf(worker)).toMatchObject([{ offset: 0n, generation: 1, lateMs: 5_000 }])
    await worker.stop()
  })

  it('runs no record twice when the drain has time: what was queued is read again, what ran is committed', async () => {
    const { log, overlaps, send, worker } = await setup()
    for (let at = 0; at < 5; at += 1) send(0, 4_000)
    await worker.advance('5s')
    const rebalanced = worker.driver.rebalance()
    await worker.advance('1m')
    await rebalanced
    expect(log.filter((line) => line.endsWith('starts'))).toEqual([0, 1, 2, 3, 4].map((at) => `0/${at} starts`))
    expect(overlaps).toEqual([])
    await worker.stop()
  })

  it('waits, too, for a run of a lease whose drain the driver did not wait for', async () => {
    const { log, overlaps, send, worker } = await setup()
    send(0, 18_000)
    await worker.advance('1s')
    worker.driver.endDrainsAfter(2_000)
    const rebalanced = worker.driver.rebalance()
    await worker.advance('3s')
    await rebalanced
    expect(worker.events.filter(({ name }) => name === 'lease.ended')).toHaveLength(2)
    await worker.advance('13s')
    expect(log).toEqual(['0/0 starts'])
    await worker.advance('20s')
    expect(log).toEqual(['0/0 starts', '0/0 ends', '0/0 starts', '0/0 ends'])
    expect(overlaps).toEqual([])
    await worker.stop()
  })

  it('lets the worker stop at once while it waits, and hands its records back', async () => {
    const { send, worker } = await setup({ shutdownTimeout: '0ms' })
    send(0, 3_600_000)
    send(0, 10)
    await worker.advance('1s')
    await worker.driver.loseMember()
    await worker.advance('1s')
    const before = worker.clock.now()
    const stopped = worker.worker.stop()
    await worker.clock.settle()
    expect(await stopped).toMatchObject({ abandoned: 2 })
    expect(worker.clock.now()).toBe(before)
    expect(pausesOf(worker)).toEqual(['partition.paused 0 straggling']) // it did not go on
    await worker.stop()
  })
})
