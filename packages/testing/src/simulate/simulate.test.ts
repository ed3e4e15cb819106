import { bytes, defineConsumer, exponential, handle, topic, transform, utf8 } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { harmlessKinds, seededDefects, simulate, SimulationFailure, type SimulationOptions } from './index.js'

const Orders = topic('orders', { key: bytes, value: utf8 })
const Invoices = topic('invoices', { key: bytes, value: utf8 })
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const records = Array.from({ length: 12 }, (_, index) => ({
  topic: 'orders',
  partition: index % 2,
  key: `k${index % 3}`,
  value: index === 4 ? 'bad' : `r${index}`,
  becomes: index === 4 ? ('dead-lettered' as const) : ('processed' as const),
}))
async function work(value: string): Promise<void> {
  await pause(5)
  if (value === 'bad') throw new Error(value)
}
const common = { topics: { orders: 2, 'orders.g.dlq': 2, invoices: 2 }, records }
const retry = exponential({ attempts: 2 })
const handlers: SimulationOptions = {
  ...common,
  consumers: [defineConsumer({ group: 'g', handlers: [handle(Orders, { retry, deadLetter: true }, work)] })],
}
const pipeline: SimulationOptions = {
  ...common,
  consumers: [
    defineConsumer({
      group: 'g',
      handlers: [
        transform(Orders, { to: Invoices, retry, deadLetter: true }, async (order) => {
          await work(order)
          return { value: `invoice of ${order}` }
        }),
      ],
    }),
  ],
  outputs: ({ key, value }) => [{ topic: 'invoices', key: String(key), value: `invoice of ${String(value)}` }],
}

async function failureOf(options: SimulationOptions): Promise<SimulationFailure> {
  const failure = await simulate(options).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failure instanceof SimulationFailure) return failure
  throw failure ?? new Error('nothing was found')
}

describe('the search in the fast layer', () => {
  it('finds nothing wrong with handlers, whatever fails', async () => {
    const report = await simulate({ ...handlers, seed: 1_000, schedules: 150 })
    expect(report).toMatchObject({ seed: 1_000, schedules: 150 })
  })

  it('finds nothing wrong with an exactly-once pipeline, whatever fails', async () => {
    await simulate({ ...pipeline, seed: 2_000, schedules: 150 })
  })

  it('runs the same schedule 20 times from one seed: the same events, byte for byte', async () => {
    const hashes = new Set<string>()
    for (let count = 0; count < 20; count += 1)
      hashes.add((await simulate({ ...handlers, seed: 7, schedules: 1 })).hash)
    expect(hashes.size).toBe(1)
    expect((await simulate({ ...handlers, seed: 5, schedules: 3 })).hash, 'after other schedules').toBe([...hashes][0])
    expect(hashes).not.toContain((await simulate({ ...handlers, seed: 8, schedules: 1 })).hash)
  })

  it.each(Object.entries(seededDefects.handlers))('finds a driver that %s', async (_name, meddle) => {
    const failure = await failureOf({ ...handlers, meddle, schedules: 150 })
    expect(failure.schedule.findings).not.toEqual([])
  })

  it.each(Object.entries(seededDefects.pipelines))('finds a pipeline that %s', async (_name, meddle) => {
    const failure = await failureOf({ ...pipeline, meddle, schedules: 150 })
    expect(failure.schedule.findings).not.toEqual([])
  })

  it('takes a duplicate for a finding where only harmless things happened, and says how to see it again', async () => {
    const options = { ...handlers, meddle: seededDefects.handlers.forgetsLastCommit }
    const failure = await failureOf({ ...options, faults: harmlessKinds, schedules: 150 })
    const { seed, plan, hash, findings } = failure.schedule
    expect(findings.join()).toMatch(/^duplicate: .* though nothing had gone wrong/)
    expect(failure.message).toContain(`seed: ${seed}, schedules: 1, plan: ${JSON.stringify(plan)}`)

    const again = await failureOf({ ...options, seed, plan, schedules: 1 })
    expect(again.schedule.hash).toBe(hash)
  })

  it('calls a schedule that does not end stuck, and says what is open', async () => {
    const hangs = handle(Orders, { retry, deadLetter: true, timeout: '10m' }, () => new Promise<never>(() => {}))
    const consumers = [defineConsumer({ group: 'g', handlers: [hangs] })]
    const failure = await failureOf({ ...handlers, consumers, faults: [], schedules: 1 })
    expect(failure.schedule.findings).toEqual([expect.stringMatching(/^stuck: .*g stands at undefined of 6 in orders/)])
  })
})
