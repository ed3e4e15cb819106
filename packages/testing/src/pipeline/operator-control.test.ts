import {
  bytes,
  defineConsumer,
  DependencyDown,
  handle,
  isMillraceError,
  type MessageContext,
  topic,
  transform,
} from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { testWorker } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: bytes })
const Invoices = topic('invoices', { key: bytes, value: bytes })
const at = { group: 'billing', topic: 'orders' }
const by = '127.0.0.1'

const setup = async (
  run: (ctx: MessageContext) => unknown = () => undefined,
  options: { readonly atMostOnce?: boolean } = {},
) => {
  const seen: string[] = []
  const placed = (order: Buffer, ctx: MessageContext): unknown => {
    seen.push(`${ctx.partition}: ${order.toString()}`)
    return run(ctx)
  }
  const policy =
    options.atMostOnce === true
      ? ({ delivery: 'at-most-once' } as const)
      : ({ deadLetter: true, retry: 'none' } as const)
  const handlers = [handle(Orders, policy, placed as never)]
  const worker = await testWorker({ consumers: [defineConsumer({ group: 'billing', handlers })], partitions: 2 })
  const { control } = worker.worker
  const send = (partition: number, ...values: readonly string[]): void => {
    for (const value of values) worker.sendRaw('orders', { partition, value })
  }
  const pauses = () => worker.worker.inspect().groups[0]?.partitions.map(({ pausedBecause }) => pausedBecause)
  const acts = () => worker.events.flatMap((event) => (event.name === 'operator.acted' ? [event] : []))
  return { worker, control, seen, send, pauses, acts }
}
const thrownBy = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (thrown) {
    return thrown
  }
}
const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, n) => String(from + n))

describe('a pause', () => {
  it('lets the running attempt finish, starts nothing more, and stays ready', async () => {
    const gate = Promise.withResolvers<void>()
    const { worker, control, seen, send, pauses } = await setup(({ offset }) =>
      offset === 0n ? gate.promise : undefined,
    )
    send(0, 'a', 'b', 'c')
    await worker.clock.settle()
    expect(control.pause({ ...at, partition: 0 }, by)).toEqual(['orders[0]'])
    gate.resolve()
    send(1, 'x')
    await worker.advance('1m')
    expect(seen).toEqual(['0: a', '1: x'])
    expect(pauses()).toEqual([['operator'], []])
    expect(worker.worker.inspect().isReady).toBe(true)
    expect(worker.committed(Orders)).toEqual(
      new Map([
        [0, 1n],
        [1, 1n],
      ]),
    )

    expect(control.resume({ ...at, partition: 0 }, by)).toEqual(['orders[0]'])
    await worker.settled()
    expect(seen).toEqual(['0: a', '1: x', '0: b', '0: c'])
    await worker.stop()
  })

  it('outlives a rebalance, and covers partitions that come later', async () => {
    const { worker, control, seen, send, pauses } = await setup()
    control.pause({ group: 'billing' }, by)
    await worker.driver.rebalance('billing')
    send(0, 'a')
    send(1, 'x')
    await worker.advance('1m')
    expect(pauses()).toEqual([['operator'], ['operator']])
    control.resume({ group: 'billing' }, by)
    await worker.settled()
    expect(seen.toSorted()).toEqual(['0: a', '1: x'])
    await worker.stop()
  })

  it('is no reason to stop late, and what was held is read again', async () => {
    const { worker, control, send } = await setup()
    control.pause(at, by)
    send(0, 'a', 'b')
    await worker.advance('1s')
    const before = worker.clock.now()
    expect(await worker.stop()).toMatchObject({ inTime: true })
    expect(worker.clock.now() - before).toBeLessThan(1_000)
    expect(worker.committed(Orders).get(0)).toBeUndefined()
  })

  it('holds a chunk that at-most-once has committed, and a stop finishes it', async () => {
    const gate = Promise.withResolvers<void>()
    const { worker, control, seen, send } = await setup(({ offset }) => (offset === 0n ? gate.promise : undefined), {
      atMostOnce: true,
    })
    send(0, 'a', 'b', 'c')
    await worker.advance('1s')
    control.pause(at, by)
    gate.resolve()
    await worker.advance('1m')
    expect(seen).toEqual(['0: a'])
    await worker.stop()
    expect(seen).toEqual(['0: a', '0: b', '0: c'])
  })

  it('is refused for what the worker does not have, and each act is told', async () => {
    const { worker, control, acts } = await setup()
    control.pause(at, by)
    const thrown = [
      thrownBy(() => control.pause({ group: 'shipping' }, by)),
      thrownBy(() => control.pause({ group: 'billing', topic: 'refunds' }, by)),
      thrownBy(() => control.pause({ group: 'billing', partition: 1 }, by)),
      thrownBy(() => control.resume({ ...at, partition: 1 }, by)),
    ]
    const codes = ['UNKNOWN', 'UNKNOWN', 'INVALID', 'CONFLICT'].map((end) => `MILLRACE_CONTROL_${end}`)
    expect(thrown.map((error) => isMillraceError(error) && error.code)).toEqual(codes)
    expect(acts().map(({ verb, facts, by: who, error }) => [verb, facts['group'], who, error !== undefined])).toEqual([
      ['pause', 'billing', by, false],
      ['pause', 'shipping', by, true],
      ['pause', 'billing', by, true],
      ['pause', 'billing', by, true],
      ['resume', 'billing', by, true],
    ])
    await worker.stop()
  })
})

describe('a seek', () => {
  it('back reads records once more, in order, and commits the new position first', async () => {
    const { worker, control, seen, send } = await setup()
    send(0, ...numbers(0, 5))
    send(1, 'x')
    await worker.advance('1s')
    seen.length = 0
    const done = await control.seek({ ...at, partition: 0 }, { offset: 2n }, by)
    expect(done).toEqual([{ topic: 'orders', partition: 0, from: 5n, to: 2n }])
    expect(worker.committed(Orders).get(0)).toBe(2n)
    await worker.settled()
    await worker.advance('1s')
    expect(seen).toEqual(['0: 2', '0: 3', '0: 4'])
    expect(worker.committed(Orders)).toEqual(
      new Map([
        [0, 5n],
        [1, 1n],
      ]),
    )
    send(0, '5')
    await worker.settled()
    expect(seen.at(-1)).toBe('0: 5')
    await worker.stop()
  })

  it('forward leaves records out', async () => {
    const { worker, control, seen, send } = await setup(({ offset }) => {
      if (offset === 0n) throw new DependencyDown('billing')
    })
    send(0, ...numbers(0, 5))
    await worker.settled()
    await control.seek(at, 'latest', by)
    send(0, '5')
    await worker.advance('1s')
    expect(seen).toEqual(['0: 0', '0: 5'])
    expect(worker.committed(Orders).get(0)).toBe(6n)
    expect(worker.worker.inspect().handlers[0]).toMatchObject({ processed: 1, abandoned: 5, inFlight: 0 })
    await worker.stop()
  })

  it('lets the running attempt finish and commits it before it moves', async () => {
    const gate = Promise.withResolvers<void>()
    const { worker, control, seen, send } = await setup(({ offset }) =>
      offset === 1n && seen.length < 3 ? gate.promise : undefined,
    )
    send(0, 'a', 'b', 'c')
    await worker.clock.settle()
    const sought = control.seek({ ...at, partition: 0 }, 'earliest', by)
    await worker.clock.settle()
    expect(await control.seek({ ...at, partition: 0 }, 'latest', by).catch((error: unknown) => error)).toMatchObject({
      code: 'MILLRACE_CONTROL_CONFLICT',
    })
    gate.resolve()
    expect(await sought).toEqual([{ topic: 'orders', partition: 0, from: 2n, to: 0n }])
    await worker.settled()
    expect(seen).toEqual(['0: a', '0: b', '0: a', '0: b', '0: c'])
    await worker.stop()
  })

  it('to a time begins at the first record of it or later', async () => {
    const { worker, control, seen } = await setup()
    for (const timestamp of [1_000, 2_000, 3_000])
      worker.sendRaw('orders', { partition: 0, value: String(timestamp), timestamp })
    await worker.advance('1s')
    seen.length = 0
    await control.seek({ ...at, partition: 0 }, { timestamp: 1_500 }, by)
    await worker.settled()
    expect(seen).toEqual(['0: 2000', '0: 3000'])
    await worker.stop()
  })

  it('keeps an operator’s pause', async () => {
    const { worker, control, seen, send } = await setup()
    send(0, 'a')
    await worker.advance('1s')
    control.pause(at, by)
    await control.seek({ ...at, partition: 0 }, 'earliest', by)
    await worker.advance('1m')
    expect(seen).toEqual(['0: a'])
    control.resume(at, by)
    await worker.settled()
    expect(seen).toEqual(['0: a', '0: a'])
    await worker.stop()
  })

  it('whose commit fails goes on where it was', async () => {
    const { worker, control, seen, send } = await setup()
    send(0, 'a', 'b')
    await worker.advance('1s')
    worker.driver.failNextCommits(1)
    await expect(control.seek({ ...at, partition: 0 }, 'earliest', by)).rejects.toMatchObject({
      code: 'MILLRACE_DRIVER_COMMIT_FAILED',
    })
    send(0, 'c')
    await worker.advance('1s')
    expect(seen).toEqual(['0: a', '0: b', '0: c'])
    expect(worker.committed(Orders).get(0)).toBe(3n)
    await worker.stop()
  })

  it.each<[string, object, unknown, string]>([
    ['an offset that the log does not hold', { partition: 0 }, { offset: 9n }, 'MILLRACE_CONTROL_INVALID'],
    ['an offset without a partition', {}, { offset: 0n }, 'MILLRACE_CONTROL_INVALID'],
    ['a partition that is not here', { partition: 7 }, 'earliest', 'MILLRACE_CONTROL_UNKNOWN'],
  ])('is refused for %s', async (_what, which, to, code) => {
    const { worker, control, send } = await setup()
    send(0, 'a')
    await worker.advance('1s')
    await expect(control.seek({ ...at, ...which }, to as never, by)).rejects.toMatchObject({ code })
    expect(worker.events.filter(({ name }) => name === 'lease.ended')).toEqual([])
    await worker.stop()
  })

  it('of a transform is refused where it is exactly once, and done where it is at least once', async () => {
    const copyBy = (delivery: 'exactly-once' | 'at-least-once') =>
      transform(Orders, { to: Invoices, deadLetter: true, delivery }, (value) => ({ value }))
    const consumers = [
      defineConsumer({ group: 'billing', handlers: [copyBy('exactly-once')] }),
      defineConsumer({ group: 'copying', handlers: [copyBy('at-least-once')] }),
    ]
    const worker = await testWorker({ consumers })
    for (const value of ['a', 'b']) worker.sendRaw('orders', { value })
    await worker.advance('1s')
    const { control } = worker.worker
    await expect(control.seek(at, 'earliest', by)).rejects.toMatchObject({ code: 'MILLRACE_CONTROL_CONFLICT' })
    await control.seek({ group: 'copying', topic: 'orders', partition: 0 }, { offset: 1n }, by)
    worker.sendRaw('orders', { value: 'c' })
    await worker.advance('1s')
    expect(
      worker.produced
        .map(({ value }) => String(value))
        .toSorted()
        .join(''),
    ).toBe('aabbbcc')
    expect(worker.committed(Orders, 'copying').get(0)).toBe(3n)
    expect(worker.waiting).toEqual([])
    await worker.stop()
  })
})

it('an operator lets go of the brake, and the dead letters are written from the next probe on', async () => {
  const { worker, control, send } = await setup(() => {
    throw new Error('a poison topic')
  })
  send(0, ...numbers(0, 300))
  await worker.settled()
  expect(worker.deadLetters).toHaveLength(99)
  control.resume({ ...at, brake: 'release' }, by)
  expect(worker.worker.inspect().isReady).toBe(true)
  await worker.advance('30s')
  expect(worker.deadLetters).toHaveLength(300)
  expect(worker.events.find(({ name }) => name === 'partition.released')).toMatchObject({ because: 'operator' })
  await worker.stop()
})
