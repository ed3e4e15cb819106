import { overlapsAcrossGenerations, type WorkerProcess } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { faultsOf } from './rig/faults-of.js'
import { planRecords } from './rig/plan-records.js'
import { createProofRig, type ProofRig } from './rig/proof-rig.js'
import { finalTotals } from './rig/read-ledgers.js'
import { until } from './rig/until.js'

const clean = { code: 0, signal: null }

describeWithBroker('workers that are drained', (cluster) => {
  test('lose nothing and do nothing twice when five of them are told to stop under load', async () => {
    const stops = 5
    const rig = await createProofRig(cluster, { records: planRecords(12_000) })
    try {
      const working = ['a', 'b', 'c']
      for (const name of working) rig.start(name)
      await rig.settled(working)
      for (const next of ['d', 'e', 'f', 'g', 'h']) {
        const oldest = working.shift() ?? ''
        rig.producer.release(12_000 / (stops + 1))
        await rig.worked(oldest, 150)
        expect(await rig.terminate(oldest)).toEqual(clean)
        working.push(next)
        rig.start(next)
        await rig.settled(working)
      }
      await expectNothingTwice(rig, working)
    } finally {
      await rig.close()
    }
  })

  test('lose nothing and do nothing twice when two more join and leave under load', async () => {
    const rig = await createProofRig(cluster, { records: planRecords(6_000) })
    try {
      rig.start('a')
      await rig.settled(['a'])
      rig.producer.release(3_000)
      await rig.worked('a', 150)
      rig.start('b')
      rig.start('c')
      await rig.settled(['a', 'b', 'c'])
      rig.producer.release(2_000)
      await Promise.all([rig.worked('b', 100), rig.worked('c', 100)])
      expect(await Promise.all([rig.terminate('b'), rig.terminate('c')])).toEqual([clean, clean])
      await expectNothingTwice(rig, ['a'])
    } finally {
      await rig.close()
    }
  })

  test('run a handler once that outlasts the session and three restarts of its neighbour', async () => {
    const records = planRecords(600, {
      kindAt: (index) => (index === 0 ? 'slow' : 'ok'),
      isGated: (index) => index === 0,
    })
    const rig = await createProofRig(cluster, { records })
    try {
      const workers = [rig.start('a')]
      await rig.settled(['a'])
      rig.producer.release(100)
      await rig.worker('a').said('at the gate')
      const startedMs = performance.now()

      // Each of them waits to join, because the group waits for the handler, and is told to stop while it waits.
      for (const name of ['b', 'c', 'd']) {
        workers.push(rig.start(name))
        await until(`${name} asks to join`, async () => ((await rig.groupSize()) === 2 ? true : undefined))
        expect(await rig.terminate(name)).toEqual(clean)
        await until(`${name} is forgotten`, async () => ((await rig.groupSize()) === 1 ? true : undefined))
      }
      workers.push(rig.start('e'))
      await until('the session would be over', () => (performance.now() - startedMs > 8_000 ? true : undefined))
      rig.worker('a').kill('SIGUSR2')
      await rig.settled(['a', 'e'])
      await expectNothingTwice(rig, ['a', 'e'])
      expect(rig.worker('a').announcements.filter(({ signal }) => signal === 'at the gate')).toHaveLength(1)
    } finally {
      await rig.close()
    }
  })
})

/** Sends what is left, stops the last workers, and has everything checked: nothing may be done twice. */
async function expectNothingTwice(rig: ProofRig, working: readonly string[]): Promise<void> {
  await rig.producer.finish()
  await rig.caughtUp()
  for (const name of working) expect(await rig.terminate(name)).toEqual(clean)

  const evidence = await rig.evidence()
  const workers = rig.workers()
  expect(faultsOf(evidence, { survivors: workers })).toEqual([])
  expect(overlapsAcrossGenerations(evidence, { by: 'partition' })).toBe(0)
  expect(evidence.letters).toHaveLength(
    evidence.sent.filter(({ kind }) => kind === 'permanent' || kind === 'poison').length,
  )
  expect(sumOf(workers, 'deadLettered')).toBe(evidence.letters.length)
  expect(sumOf(workers, 'processed')).toBe(evidence.sent.length - evidence.letters.length)
  expect(sumOf(workers, 'received') - sumOf(workers, 'abandoned')).toBe(evidence.sent.length)
}

const sumOf = (
  workers: readonly WorkerProcess[],
  count: 'received' | 'processed' | 'deadLettered' | 'abandoned',
): number => workers.reduce((sum, worker) => sum + finalTotals(worker)[count], 0)
