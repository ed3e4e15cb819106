import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checkLedger, createWorkerHarness, type RunLine, type WorkerProcess } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { finalTotals, readLedgers } from './rig/read-ledgers.js'
import { createStage } from './test-support/stage.js'
import { until } from './rig/until.js'

const entry = fileURLToPath(new URL('../dist/at-most-once-worker.js', import.meta.url))
const partitions = 3
const perPartition = 1_500
/** One in so many fails. */
const failing = 25
const chunk = 100
const failures = (partitions * perPartition) / failing

describeWithBroker('at-most-once', (broker) => {
  async function setup() {
    if (!existsSync(entry)) throw new Error(`${entry} is missing: build first (pnpm build)`)
    const stage = await createStage(broker, { partitions })
    const value = (at: number): string => JSON.stringify(at % failing === 0 ? 'fail' : 'tick')
    await stage.produce(
      Array.from({ length: perPartition }, (_, at) => at).flatMap((at) =>
        [0, 1, 2].map((partition) => ({ partition, key: `${at % 50}`, value: value(at) })),
      ),
    )
    const { topic, group } = stage
    const settings = { brokers: broker.bootstrap, topic, group, sessionTimeoutMs: 2_000 }
    const harness = await createWorkerHarness()
    const start = (name: string): WorkerProcess => harness.start(name, { entry, args: [JSON.stringify(settings)] })
    /** Positions are committed before their records are handled, so that a drain finishes what is left of them. */
    const finish = async (last: WorkerProcess): Promise<void> => {
      await last.said('worker.started')
      const ends = JSON.stringify(await stage.ends())
      await until('everything is committed', async () => JSON.stringify(await stage.committed()) === ends || undefined)
      last.kill('SIGTERM')
      expect(await last.exited).toEqual({ code: 0, signal: null })
    }
    return { stage, start, finish, harness }
  }

  test('a killed worker loses at most the chunk in progress of each partition, and nothing is handled twice', async () => {
    const { start, finish, harness } = await setup()
    await using _closed = harness
    const kills = 3
    for (let kill = 1; kill <= kills; kill += 1) {
      const worker = start(`killed-${kill}`)
      await worker.said('working', { where: ({ runs }) => Number(runs) >= 300 + 50 * kill })
      worker.kill('SIGKILL')
      expect(await worker.exited).toEqual({ code: null, signal: 'SIGKILL' })
    }
    const last = start('last')
    await finish(last)

    const lines = await harness.runLines()
    expectOnce(lines)
    const gaps = [0, 1, 2].map((partition) => gapsOf(lines, partition))
    for (const gap of gaps.flat()) expect(gap).toBeLessThanOrEqual(chunk)
    for (const ofPartition of gaps) expect(ofPartition.length).toBeLessThanOrEqual(kills)
    // Three chunks were cut each time: a kill that loses nothing has not hit anything.
    expect(gaps.flat().length).toBeGreaterThan(0)
    expect(readLedgers(last).flatMap(checkLedger)).toEqual([])
    expect(finalTotals(last).skipped).toBe(threw(lines, 'last'))
  })

  test('a worker that is stopped in order loses nothing and hands nothing over twice; what fails is counted', async () => {
    const { stage, start, finish, harness } = await setup()
    await using _closed = harness
    const workers: WorkerProcess[] = []
    for (const name of ['first', 'second', 'third']) {
      const worker = start(name)
      workers.push(worker)
      await worker.said('working', { where: ({ runs }) => Number(runs) >= 500 })
      worker.kill('SIGTERM')
      expect(await worker.exited).toEqual({ code: 0, signal: null })
    }
    const last = start('last')
    workers.push(last)
    await finish(last)

    const lines = await harness.runLines()
    expectOnce(lines)
    expect([0, 1, 2].flatMap((partition) => gapsOf(lines, partition))).toEqual([])
    expect(lines.filter(({ edge }) => edge === 'threw').length).toBe(failures)
    expect(workers.flatMap(readLedgers).flatMap(checkLedger)).toEqual([])
    const totals = workers.map(finalTotals)
    expect(sum(totals.map(({ skipped }) => skipped))).toBe(failures)
    expect(sum(totals.map(({ processed }) => processed))).toBe(partitions * perPartition - failures)
    expect(sum(totals.map(({ retriesInPlace }) => retriesInPlace))).toBe(0)
    const reasons = workers.flatMap(({ announcements }) =>
      announcements.filter(({ signal }) => signal === 'record.skipped').map(({ facts }) => facts['reason']),
    )
    expect(reasons).toEqual(Array.from({ length: failures }, () => 'at-most-once'))
    expect(await stage.committed()).toEqual(await stage.ends())
  })
})

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

const threw = (lines: readonly RunLine[], name: string): number =>
  lines.filter(({ edge, worker }) => edge === 'threw' && worker === name).length

/** No record was begun twice, by whatever worker, in whatever attempt. */
function expectOnce(lines: readonly RunLine[]): void {
  const begun = lines.filter(({ edge }) => edge === 'start').map(({ id }) => id)
  expect(begun.length - new Set(begun).size).toBe(0)
  expect(new Set(lines.map(({ attempt }) => attempt))).toEqual(new Set([1]))
}

/** How long each row of neighbours is that was never begun. */
function gapsOf(lines: readonly RunLine[], partition: number): readonly number[] {
  const begun = new Set(lines.filter((line) => line.partition === partition).map(({ offset }) => Number(offset)))
  const gaps: number[] = []
  let length = 0
  for (let offset = 0; offset <= perPartition; offset += 1) {
    if (offset < perPartition && !begun.has(offset)) length += 1
    else if (length > 0) {
      gaps.push(length)
      length = 0
    }
  }
  return gaps
}
