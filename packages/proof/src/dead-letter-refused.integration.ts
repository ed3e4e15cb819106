import type { WorkerProcess } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOf } from './rig/faults-of.js'
import { type OwnBroker, startOwnBroker } from './test-support/own-broker.js'
import { planRecords } from './rig/plan-records.js'
import { createProofRig, type ProofCluster, type ProofOptions, type ProofRig } from './rig/proof-rig.js'
import { until } from './rig/until.js'

const partitions = 3
const stuckAt = 30

/** Three partitions; the only record that never works is the eleventh of one of them. */
const withOneFailure = (count: number, { isGated = false, partition = 0 } = {}) =>
  planRecords(count, {
    kindAt: (index) => (index === stuckAt ? 'permanent' : 'ok'),
    isGated: (index) => isGated && index === stuckAt,
    partitionAt: (index) => (index + partition) % partitions,
  })

describeWithBroker('a dead letter that is refused', (shared) => {
  let own: OwnBroker
  beforeAll(async () => {
    own = await startOwnBroker(shared)
  })
  afterAll(() => own.stop())

  test('holds its partition while its topic is missing, and nothing else; it recovers when the topic exists', async () => {
    await withRig(shared, { records: withOneFailure(600) }, async (rig) => {
      const worker = rig.start('a')
      await rig.settled(['a'])
      rig.producer.release(stuckAt)
      await until('the first are committed', async () => ((await rig.committed()).get(1) === 10n ? true : undefined))
      await shared.admin.deleteTopic(rig.deadLetterTopic)
      rig.producer.release(270)
      await holdsOnly(rig, worker)
      rig.producer.release(300)
      await othersAreCommitted(rig, 200n)
      expect((await rig.committed()).get(0)).toBe(10n)

      await shared.admin.createTopic(rig.deadLetterTopic, { partitions })
      await recovers(rig, worker)
    })
  })

  test('holds its partition while its topic has too few partitions; it recovers when there are enough', async () => {
    const records = withOneFailure(600, { partition: 1 }) // 0 is there
    await withRig(shared, { records, deadLetterPartitions: 1, verifyTopics: false }, async (rig) => {
      const worker = rig.start('a')
      await rig.settled(['a'])
      rig.producer.release(600)
      await holdsOnly(rig, worker, 1)
      await othersAreCommitted(rig, 200n, 1)
      expect((await rig.committed()).get(1)).toBe(10n)

      await shared.admin.addPartitions(rig.deadLetterTopic, partitions)
      await recovers(rig, worker)
    })
  })

  test('waits for a broker that is frozen, while what was fetched goes on, and is written once', async () => {
    await withRig(own, { records: withOneFailure(900, { isGated: true }), handlerMs: 15 }, async (rig) => {
      const worker = await startAtTheGate(rig)
      const startedMs = performance.now()
      own.control.pause()
      worker.kill('SIGUSR2')
      await rig.worked('a', 60)
      await until('the broker was away for 3 s', () => (performance.now() - startedMs > 3_000 ? true : undefined))
      own.control.resume()
      await expectAllWell(rig, worker)
    })
  })

  test('waits for a broker that is dead, says so, and is written when it is back', async () => {
    const options = { records: withOneFailure(900, { isGated: true }), handlerMs: 15, deadLetterTimeoutMs: 1_500 }
    await withRig(own, options, async (rig) => {
      const worker = await startAtTheGate(rig)
      await own.control.kill()
      worker.kill('SIGUSR2')
      await rig.worked('a', 60)
      await saysWhy(rig, worker, 0)
      await own.control.restart()
      await recovers(rig, worker)
    })
  })
})

async function withRig(
  cluster: ProofCluster,
  options: ProofOptions,
  body: (rig: ProofRig) => Promise<void>,
): Promise<void> {
  const rig = await createProofRig(cluster, { partitions, ...options })
  try {
    await body(rig)
  } finally {
    await rig.close()
  }
}

/** A worker in the middle of its partitions, one of them at the record that will fail when the gate opens. */
async function startAtTheGate(rig: ProofRig): Promise<WorkerProcess> {
  await rig.producer.finish()
  const worker = rig.start('a')
  await rig.settled(['a'])
  await worker.said('at the gate')
  await until('what was before it is committed', async () =>
    (await rig.committed()).get(0) === 10n ? true : undefined,
  )
  return worker
}

/** The worker is not ready and says which partition is the reason. */
async function saysWhy(rig: ProofRig, worker: WorkerProcess, partition: number): Promise<void> {
  await worker.said('dead-letter.failed', { timeoutMs: 45_000, where: ({ tries }) => tries === 1 })
  const reason = `${rig.topic}[${partition}] of group "${rig.group}" is paused: dead-letter-failing`
  // A broker that is away is a reason of its own, beside this one.
  const isTold = (because: unknown): boolean => Array.isArray(because) && because.includes(reason)
  await worker.said('readiness', {
    where: ({ isReady, notReadyBecause }) => isReady === false && isTold(notReadyBecause),
  })
}

/** Two tries have failed, the reason is said, and nothing at or past the record is committed while others are done. */
async function holdsOnly(rig: ProofRig, worker: WorkerProcess, partition = 0): Promise<void> {
  await saysWhy(rig, worker, partition)
  await worker.said('dead-letter.failed', { timeoutMs: 45_000, where: ({ tries }) => tries === 2 })
  await othersAreCommitted(rig, 100n, partition)
  expect((await rig.committed()).get(partition)).toBe(10n)
}

const othersAreCommitted = (rig: ProofRig, offset: bigint, stuck = 0): Promise<true> =>
  until(`the others are committed up to ${offset}`, async () => {
    const committed = await rig.committed()
    const others = [0, 1, 2].filter((partition) => partition !== stuck)
    return others.every((partition) => (committed.get(partition) ?? 0n) >= offset) ? true : undefined
  })

/** The same process goes on by itself, and is ready again. */
async function recovers(rig: ProofRig, worker: WorkerProcess): Promise<void> {
  await worker.said('dead-letter.recovered', { timeoutMs: 60_000 })
  await worker.said('readiness', { where: ({ isReady }) => isReady === true })
  await expectAllWell(rig, worker)
}

async function expectAllWell(rig: ProofRig, worker: WorkerProcess): Promise<void> {
  await rig.producer.finish()
  await rig.caughtUp()
  expect(await rig.terminate('a')).toEqual({ code: 0, signal: null })
  const evidence = await rig.evidence()
  expect(faultsOf(evidence, { survivors: [worker] })).toEqual([])
  expect(evidence.letters).toHaveLength(1)
  expect(worker.announcements.filter(({ signal }) => signal === 'member.joined')).toHaveLength(1)
}
