import { startBroker } from '@millrace/broker'
import { median } from '../harness/median.js'
import type { Contest } from '../harness/workload.js'

const one = 100
const warmUps = 20
const atOnce = 200

/** As a test file has it: a topic of six partitions, a port of its own. */
const start = (): ReturnType<typeof startBroker> => startBroker({ topics: { orders: 6 } })

/** Milliseconds from the call until the broker has stopped again: the median of one after the other. Many at once are told beside. */
export async function startAndStop(): Promise<{ readonly value: number; readonly settings: Contest['settings'] }> {
  const first = await timed(async () => (await start()).stop())
  for (let round = 0; round < warmUps; round += 1) await (await start()).stop()
  const each: number[] = []
  for (let round = 0; round < one; round += 1) each.push(await timed(async () => (await start()).stop()))

  globalThis.gc?.()
  const before = process.memoryUsage().rss
  const brokers: Awaited<ReturnType<typeof startBroker>>[] = []
  const startMs = await timed(async () => {
    brokers.push(...(await Promise.all(Array.from({ length: atOnce }, start))))
  })
  globalThis.gc?.()
  const mbEach = (process.memoryUsage().rss - before) / 1e6 / atOnce
  const stopMs = await timed(async () => {
    await Promise.all(brokers.map((broker) => broker.stop()))
  })
  const settings = {
    'the first one': `${first.toFixed(1)} ms`,
    [`${atOnce} at once`]: `started in ${startMs.toFixed(0)} ms, stopped in ${stopMs.toFixed(0)} ms`,
    'of them each': `${mbEach.toFixed(2)} MB`,
  }
  return { value: median(each), settings }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}
