import { setTimeout as delay } from 'node:timers/promises'
import { type ApiName, checkTransactionsFinished, machineNowMs, type WorkerProcess } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OwnChaosCluster, startChaosCluster } from './chaos/chaos-cluster.js'
import { faultsOfPipeline } from './rig/faults-of-pipeline.js'
import { createPipelineRig, type PipelineOptions, type PipelineRig } from './rig/pipeline-rig.js'
import { planRecords } from './rig/plan-records.js'
import { until } from './rig/until.js'

const count = 3_000
const clean = { code: 0, signal: null }
/** Nothing in these tests waits for so long: a transaction that was left open would be seen. */
const neverTimesOut = 60_000
const heldMs = 400
const caughtLimitMs = 20_000

describeWithBroker('a transaction', (shared) => {
  let own: OwnChaosCluster
  beforeAll(async () => {
    own = await startChaosCluster(shared)
  })
  afterAll(() => own.stop())

  async function using(options: Partial<PipelineOptions>, work: (rig: PipelineRig) => Promise<void>): Promise<void> {
    const rig = await createPipelineRig(own, { records: planRecords(count), perSecond: 500, partitions: 3, ...options })
    try {
      await work(rig)
    } finally {
      await rig.close()
    }
  }
  const signal = (): AbortSignal => AbortSignal.timeout(30_000)
  const openIn = async (rig: PipelineRig): Promise<readonly string[]> => {
    const { stable, transactions } = await rig.finished()
    return checkTransactionsFinished(stable, transactions).map(({ text }) => text)
  }
  const told = ({ announcements }: Pick<WorkerProcess, 'announcements'>, wanted: string): number =>
    announcements.filter(({ signal: said }) => said === wanted).length

  test('in whose middle its worker is told to stop has ended when the worker has, whatever it waited for', async () => {
    await using({ transactionTimeoutMs: neverTimesOut }, async (rig) => {
      rig.producer.release(count)
      const points: readonly (readonly [string, ApiName])[] = [
        ['a', 'Produce'],
        ['b', 'TxnOffsetCommit'],
        ['c', 'EndTxn'],
      ]
      for (const [name, api] of points) {
        rig.start(name)
        await rig.settled([name])
        const frame = await own.proxy.nextRequest(api, signal(), { clientId: name, hold: true })
        const ended = rig.terminate(name)
        await rig.worker(name).said('worker.draining')
        await delay(heldMs)
        frame.release()
        expect([api, await ended]).toEqual([api, clean])
        expect([api, ...(await openIn(rig))]).toEqual([api])
      }
      rig.start('d')
      await rig.producer.finish()
      await rig.caughtUp()
      expect(await rig.terminate('d')).toEqual(clean)
      expect(faultsOfPipeline(await rig.evidence(), { survivors: rig.workers() })).toEqual([])
    })
  })

  test('in whose middle a partition is revoked ends before the next owner begins, and nobody waits for its time limit', async () => {
    await using({ transactionTimeoutMs: neverTimesOut }, async (rig) => {
      rig.start('a')
      await rig.settled(['a'])
      rig.producer.release(count)
      await rig.worked('a', 100)
      const frame = await own.proxy.nextRequest('TxnOffsetCommit', signal(), { clientId: 'a', hold: true })
      rig.start('b')
      await delay(heldMs)
      frame.release()
      await rig.settled(['a', 'b'])
      const fromMs = machineNowMs()
      await rig.worked('b', 100)
      expect(machineNowMs() - fromMs).toBeLessThan(caughtLimitMs)
      await rig.producer.finish()
      await rig.caughtUp()
      const ends = await Promise.all(['a', 'b'].map((name) => rig.terminate(name)))
      expect(ends).toEqual([clean, clean])
      expect(await openIn(rig)).toEqual([])
      const evidence = await rig.evidence()
      expect(faultsOfPipeline(evidence, { survivors: rig.workers() })).toEqual([])
      expect(rig.workers().map((worker) => told(worker, 'transaction.fenced'))).toEqual([0, 0])
    })
  })

  test('of a process that died and comes back under a new id holds its partitions up for its time limit at most', async () => {
    const transactionTimeoutMs = 12_000
    await using({ transactionTimeoutMs }, async (rig) => {
      rig.start('a')
      await rig.settled(['a'])
      rig.producer.release(count)
      await rig.worked('a', 100)
      const frame = await own.proxy.nextAnswer('TxnOffsetCommit', signal(), { clientId: 'a', hold: true })
      // Its outputs are under way beside its offsets.
      const isOpen = async () =>
        (await rig.finished()).stable.some((one) => one.topic === rig.outputTopic && one.lastStable < one.end)
      await until('its outputs are stored', async () => (await isOpen()) || undefined)
      const diedMs = machineNowMs()
      rig.worker('a').kill('SIGKILL')
      await rig.worker('a').exited
      frame.cut()
      rig.start('b')
      // Its offsets are pending: the group has a new member, and that one may not go on from the offsets of before.
      await until('the session of the dead one is over', () => rig.goesOnWithout('a').then((is) => is || undefined))
      expect(told(rig.worker('b'), 'transaction.committed')).toBe(0)
      await rig.worker('b').said('transaction.committed', { timeoutMs: 2 * transactionTimeoutMs })
      const stallMs = machineNowMs() - diedMs
      // It began up to an interval before it died, and this broker looks every 4 s.
      expect(stallMs).toBeGreaterThan(transactionTimeoutMs - 2_000)
      expect(stallMs).toBeLessThan(transactionTimeoutMs + 8_000)

      await rig.producer.finish()
      await rig.caughtUp()
      expect(await rig.terminate('b')).toEqual(clean)
      const evidence = await rig.evidence()
      expect(faultsOfPipeline(evidence, { survivors: [rig.worker('b')] })).toEqual([])
      expect(evidence.aborted.outputs.length).toBeGreaterThan(0)
    })
  })

  test('is not aborted because of a poison record, although each of them holds some', async () => {
    const kindAt = (index: number) => (index % 10 === 3 ? 'poison' : 'ok')
    await using({ records: planRecords(count, { kindAt }) }, async (rig) => {
      rig.start('a')
      await rig.settled(['a'])
      await rig.producer.finish()
      await rig.caughtUp()
      expect(await rig.terminate('a')).toEqual(clean)
      const evidence = await rig.evidence()
      expect(faultsOfPipeline(evidence, { survivors: rig.workers() })).toEqual([])
      expect(evidence.letters.length).toBe(count / 10)
      const worker = rig.worker('a')
      expect(told(worker, 'transaction.aborted') + told(worker, 'transaction.fenced')).toBe(0)
      expect(evidence.aborted.outputs.length + evidence.aborted.letters.length).toBe(0)
      // Six seconds of records at an interval of 100 ms: many transactions, and in most of them a dead letter.
      expect(told(worker, 'transaction.committed')).toBeGreaterThan(20)
    })
  })
})
