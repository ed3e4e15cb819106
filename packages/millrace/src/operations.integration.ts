import { checkLedger, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, it } from 'vitest'
import {
  createProducer,
  createWorker,
  defineConsumer,
  handle,
  type HandleOptions,
  silentLogger,
  topic,
  utf8,
  type Worker,
} from './index.js'

const token = 'a-token-that-is-long-enough'
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describeWithBroker('operations', ({ bootstrap, admin }) => {
  const setup = async (run: (order: string) => unknown, options: HandleOptions = {}) => {
    const name = uniqueName('orders')
    const group = uniqueName('billing')
    await admin.createTopic(name, { partitions: 1 })
    await admin.createTopic(`${name}.${group}.dlq`, { partitions: 1 })
    const env = { KAFKA_BROKERS: bootstrap.join(','), OPS_PORT: '0', OPS_ADMIN_PORT: '0', OPS_ADMIN_TOKEN: token }
    const Orders = topic(name, { key: utf8, value: utf8 })
    const handlers = [handle(Orders, { deadLetter: true, retry: 'none', ...options }, run as never)]
    const worker = createWorker({ consumers: [defineConsumer({ group, handlers })], env, logger: silentLogger })
    cleanups.push(() => worker.stop())
    const orders = createProducer(Orders, { env, logger: silentLogger })
    cleanups.push(() => orders.close())
    const sendAll = (values: readonly string[], timestamp?: number) =>
      Promise.all(
        values.map((value) => orders.send({ key: 'k', value, ...(timestamp === undefined ? {} : { timestamp }) })),
      )
    const committed = async () => (await admin.committed(group)).find(({ topic: one }) => one === name)?.offset
    const letters = async () => (await admin.endOffsets(`${name}.${group}.dlq`)).get(0)
    return { name, group, worker, sendAll, committed, letters }
  }
  const post = async (worker: Worker, path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${worker.adminPort}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, ...((await answer.json()) as object) }
  }
  const numbers = (from: number, to: number): readonly string[] =>
    Array.from({ length: to - from }, (_, at) => String(from + at))

  it('a storm of dead letters stands still, loses nothing, and goes on when the fault is gone', async () => {
    let isAway = true
    const seen: string[] = []
    const { worker, sendAll, committed, letters } = await setup(
      (order) => {
        if (isAway) throw new Error('connect ECONNREFUSED')
        seen.push(order)
      },
      { brake: { probe: '1s' } },
    )
    const braked = new Promise((resolve) => void worker.on('partition.braked', resolve))
    await sendAll(numbers(0, 400))
    await worker.start()
    await braked
    const probed = new Promise<void>(
      (resolve) => void worker.on('record.waiting', ({ reason }) => reason === 'braked' && resolve()),
    )
    await probed
    const held = Number(await letters())
    expect(held).toBeLessThan(100)
    expect(worker.inspect().groups[0]?.partitions[0]).toMatchObject({
      pausedBecause: expect.arrayContaining(['braked']),
      blockedBy: { offset: BigInt(held), by: 'waiting' },
      lanes: [{ waitsFor: 'braked' }],
    })
    isAway = false
    await expect.poll(() => seen.length).toBe(400 - held)
    expect(seen).toEqual(numbers(held, 400))
    await expect.poll(committed).toBe(400n)
    expect(Number(await letters())).toBe(held)
    expect(checkLedger(worker.inspect())).toEqual([])
  })

  it('a partition is read again from an offset and from a time, and goes on at its end', async () => {
    const seen: string[] = []
    const { worker, name, group, sendAll, committed } = await setup((order) => void seen.push(order))
    await worker.start()
    await sendAll(['a', 'b'], 1_700_000_000_000)
    await sendAll(['c', 'd'], 1_700_000_100_000)
    await expect.poll(committed).toBe(4n)
    const at = { group, topic: name }

    expect(await post(worker, '/seek', { ...at, partition: 0, offset: 1 })).toMatchObject({
      ...{ status: 200, partitions: [{ from: '4', to: '1' }] },
    })
    await expect.poll(() => seen.join('')).toBe('abcdbcd')
    await expect.poll(committed).toBe(4n)

    await post(worker, '/pause', { group })
    const time = new Date(1_700_000_050_000).toISOString()
    expect(await post(worker, '/seek', { ...at, timestamp: time })).toMatchObject({
      partitions: [{ from: '4', to: '2' }],
    })
    expect(await committed()).toBe(2n)
    await sendAll(['e'])
    await post(worker, '/resume', { group })
    await expect.poll(() => seen.join('')).toBe('abcdbcdcde')

    expect(await post(worker, '/seek', { ...at, timestamp: '2100-01-01T00:00:00Z' })).toMatchObject({
      partitions: [{ to: '5' }],
    })
    expect(await post(worker, '/seek', { ...at, partition: 0, offset: 6 })).toMatchObject({ status: 400 })
    await sendAll(['f'])
    await expect.poll(() => seen.join('')).toBe('abcdbcdcdef')
    await expect.poll(committed).toBe(6n)
    expect(checkLedger(worker.inspect())).toEqual([])
  })
})
