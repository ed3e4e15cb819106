import {
  bytes,
  defineConsumer,
  DependencyDown,
  handle,
  type MessageContext,
  outage,
  topic,
  transform,
} from '@millrace/core'
import { expect, it } from 'vitest'
import { testWorker } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: bytes })
const Invoices = topic('invoices', { key: bytes, value: bytes })
const late = { name: 'late', decode: (raw: Buffer) => raw, encode: (value: Buffer) => value }

const setup = async (isDown: (context: Pick<MessageContext, 'partition'>) => boolean) => {
  const runs: string[] = []
  const placed = (_order: unknown, { partition, offset, attempt }: MessageContext): void => {
    runs.push(`${partition}@${offset} attempt ${attempt}`)
    if (isDown({ partition })) throw new DependencyDown('billing')
  }
  const handlers = [handle(Orders, { deadLetter: true, retry: 'none' }, placed)]
  const worker = await testWorker({ consumers: [defineConsumer({ group: 'billing', handlers })], partitions: 2 })
  const pauses = () => worker.worker.inspect().groups[0]?.partitions.map(({ pausedBecause }) => pausedBecause)
  const named = (name: string) => worker.events.filter((event) => event.name === name)
  return { worker, runs, pauses, named }
}

it('a record waits for a service that is away, is never dead-lettered, and its partition stands still', async () => {
  let isDown = true
  const { worker, runs, pauses, named } = await setup(({ partition }) => isDown && partition === 0)
  worker.sendRaw('orders', { partition: 0, value: 'first' })
  worker.sendRaw('orders', { partition: 0, value: 'second' })
  worker.sendRaw('orders', { partition: 1, value: 'elsewhere' })
  await worker.settled()
  expect(pauses()).toEqual([['dependency-down'], []])
  expect(worker.worker.inspect().notReadyBecause).toEqual(['orders[0] of group "billing" is paused: dependency-down'])

  await worker.advance('10m')
  expect(runs.filter((run) => run !== '0@0 attempt 1')).toEqual(['1@0 attempt 1'])
  expect(
    named('record.waiting')
      .map((event) => ('delayMs' in event ? event.delayMs : 0))
      .slice(0, 7),
  ).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  expect(named('partition.paused')).toHaveLength(1)
  expect(worker.committed(Orders).get(0)).toBeUndefined()

  isDown = false
  await worker.advance('30s')
  expect(runs.slice(-2)).toEqual(['0@0 attempt 1', '0@1 attempt 1'])
  expect(pauses()).toEqual([[], []])
  expect(worker.worker.inspect().isReady).toBe(true)
  expect(worker.deadLetters).toEqual([])
  await worker.advance('1s')
  expect(worker.committed(Orders).get(0)).toBe(2n)
  await worker.stop()
})

it('an outage between attempts costs none of them', async () => {
  const thrown = [
    new Error('1'),
    new DependencyDown('billing'),
    new Error('2'),
    new DependencyDown('billing'),
    new Error('3'),
  ]
  const attempts: number[] = []
  const handlers = [
    handle(
      Orders,
      { deadLetter: true, retry: { maxAttempts: 3, delayAfter: ({ attempt }) => (attempt < 3 ? 10 : undefined) } },
      (_order, ctx) => {
        attempts.push(ctx.attempt)
        throw thrown.shift() ?? new Error('too many runs')
      },
    ),
  ]
  const worker = await testWorker({ consumers: [defineConsumer({ group: 'billing', handlers })] })
  worker.sendRaw('orders', { value: 'x' })
  await worker.settled()
  await worker.advance('1m')
  expect(attempts).toEqual([1, 2, 2, 3, 3])
  expect(worker.deadLetters.map(({ error, headers }) => [error, headers.get('attempts')])).toEqual([['3', '3']])
  await worker.stop()
})

it('a serde whose registry is away holds the record of a handler and of a transform', async () => {
  let isDown = true
  const decode = (raw: Buffer): Buffer => {
    if (isDown) throw Object.assign(new Error('no registry'), { [outage]: true, retriable: false })
    return raw
  }
  const Sourced = topic('orders', { key: bytes, value: { ...late, decode } })
  const copy = transform(Sourced, { to: Invoices, deadLetter: true }, (value) => ({ value }))
  const read = handle(Sourced, { deadLetter: true }, () => undefined)
  const consumers = [
    defineConsumer({ group: 'copying', handlers: [copy] }),
    defineConsumer({ group: 'reading', handlers: [read] }),
  ]
  const worker = await testWorker({ consumers })
  worker.sendRaw('orders', { value: 'x' })
  await worker.settled()
  await worker.advance('5m')
  expect(worker.deadLetters).toEqual([])
  isDown = false
  await worker.advance('1m')
  expect(worker.produced.map(({ topic: name, value }) => `${name}: ${String(value)}`)).toEqual(['invoices: x'])
  expect(worker.waiting).toEqual([])
  await worker.stop()
})

it('a stop ends the wait, and nothing is committed', async () => {
  const { worker } = await setup(() => true)
  worker.sendRaw('orders', { partition: 0, value: 'x' })
  await worker.settled()
  expect(await worker.stop()).toEqual({ abandoned: 1, inTime: true })
  expect(worker.committed(Orders).get(0)).toBeUndefined()
})

it('an at-most-once handler skips as before', async () => {
  const handlers = [
    handle(Orders, { delivery: 'at-most-once' }, () => {
      throw new DependencyDown('billing')
    }),
  ]
  const worker = await testWorker({ consumers: [defineConsumer({ group: 'metrics', handlers })] })
  worker.sendRaw('orders', { value: 'x' })
  await worker.settled()
  await worker.advance('1s')
  expect(worker.waiting).toEqual([])
  expect(worker.events.filter(({ name }) => name === 'record.skipped')).toHaveLength(1)
  await worker.stop()
})
