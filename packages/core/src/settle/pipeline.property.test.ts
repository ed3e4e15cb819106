import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import { Ledger } from '../observe/ledger.js'
import type { OutgoingRecord } from '../produce/sender.js'
import type { Lease, LeaseCommit } from '../receive/driver.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import { ReceivedRecord } from '../receive/received-record.js'
import { createHandClock, type HandClock } from '../test-support/hand-clock.js'
import { rawRecord, source } from '../test-support/records.js'
import type { Outlet } from './outlet.js'
import { OutputBounds } from './output-bounds.js'
import { PipelineLease } from './pipeline-lease.js'
import { TransactionLoop } from './transaction-loop.js'

type Fault = 'none' | 'aborted' | 'refused' | 'too-large'

/** An outlet that keeps what is committed, and fails as it is told. */
function createFaultyOutlet(faults: Fault[], clock: HandClock, commitMs: number) {
  const stored: string[] = []
  const offsets = new Map<Lease, bigint>()
  let open = 0
  const outlet: Outlet = {
    counts: { stored: 0, failed: 0, lost: 0 },
    begin() {
      open += 1
      expect(open).toBe(1)
      const sent: OutgoingRecord[] = []
      const fault = faults.shift() ?? 'none'
      let refusal: Error | undefined
      return {
        async send(record) {
          sent.push(record)
          const at = { topic: record.topic, partition: 0 }
          const isLetter = record.topic === 'dlq'
          if (sent.length === 1 && fault === 'refused')
            refusal = fail('MILLRACE_PRODUCE_REFUSED', { ...at, reason: 'no' })
          if (sent.length === 1 && fault === 'too-large' && !isLetter)
            refusal = fail('MILLRACE_PRODUCE_TOO_LARGE', { ...at, bytes: 1 })
          if (refusal !== undefined && sent.length === 1) throw refusal
        },
        async commit(commits: readonly LeaseCommit[]) {
          await clock.wait(commitMs, new AbortController().signal)
          open -= 1
          if (refusal !== undefined || fault === 'aborted')
            throw fail('MILLRACE_TRANSACTION_ABORTED', { transactionalId: 'g-1', reason: 'a test' })
          stored.push(...sent.map(({ value }) => String(value)))
          for (const { lease, offset } of commits) {
            expect(offset > (offsets.get(lease) ?? 0n)).toBe(true)
            offsets.set(lease, offset)
          }
        },
        abort: async () => undefined,
      }
    },
    judge: () => 'aborted',
    stored: () => undefined,
    failed: () => undefined,
    lost: () => undefined,
  }
  return { outlet, stored, offsets }
}

interface Bench {
  readonly clock: HandClock
  readonly bounds: OutputBounds
  loop: TransactionLoop
}

/** A lease with a lane per key: records of a key one after another, lanes at random speeds. */
function openLease(bench: Bench, number: number) {
  const lease = { topic: 'orders', partition: number, epoch: 1, startOffset: 0n, isLive: true } as Lease
  const ledger = new Ledger()
  const over = new AbortController()
  const host = {
    ...{ lease, ledger, source: { ...source, partition: number, startOffset: 0n }, state: 'open', committed: 0n },
    ...{ draining: over.signal, ended: over.signal, lane: { push: () => undefined, size: 0 } },
    parts: { clock: bench.clock, onSettled: (count: number) => bench.loop.decided(count) },
    ...{ pauseFor: () => undefined, resumeFrom: () => undefined, release: () => undefined },
    ...{ settledUpTo: () => undefined, settle: () => true },
  }
  // A host that does nothing but count: the real one is held by the tests of the leased partition.
  const mode = new PipelineLease(host as unknown as LeaseHost, bench.bounds, {
    afterRefusal: ({ record }) => ({
      kind: 'dead-lettered',
      outputs: [{ topic: 'dlq', key: null, value: Buffer.from(`letter ${number}/${record.delta}`) }],
    }),
    failing: () => undefined,
    stored: () => undefined,
  })
  let most = 0

  async function runLane(deltas: readonly number[], paceMs: number): Promise<void> {
    for (const delta of deltas) {
      await bench.clock.wait(paceMs, over.signal)
      const record = new ReceivedRecord(rawRecord(delta), delta, host.source)
      ledger.start('queued')
      ledger.handled()
      const outputs = [{ topic: 'invoices', key: null, value: Buffer.from(`${number}/${delta}`) }]
      await mode.finish(record, { kind: 'processed', outputs })
      most = Math.max(most, bench.bounds.outputs)
    }
  }
  function receive(count: number): void {
    ledger.receive(count)
    mode.receive(
      Array.from({ length: count }, (_, delta) => rawRecord(delta)),
      0,
      count,
    )
  }
  return { mode, lease, ledger, receive, runLane, most: () => most }
}

const lanes = fc.record({
  keys: fc.oneof(
    fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 25 }),
    fc.array(fc.constant<number>(0), { minLength: 1, maxLength: 25 }), // one lane, as in partition order
  ),
  paces: fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 400 }), fc.nat({ max: 10 }), fc.nat({ max: 10 })),
})

it('with key lanes, a tiny buffer and transactions that fail, nothing deadlocks and everything is stored once', async () => {
  const faults = fc.array(fc.constantFrom<Fault>('none', 'aborted', 'refused', 'too-large'), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(lanes, lanes, faults, fc.nat({ max: 300 }), async (one, other, planned, commitMs) => {
      const clock = createHandClock()
      const bounds = new OutputBounds({ bufferedOutputs: 3, bufferedOutputBytes: 1e9 })
      const { outlet, stored, offsets } = createFaultyOutlet([...planned], clock, commitMs)
      const modes: PipelineLease[] = []
      const pace = { intervalMs: 100, records: 4 }
      const bench: Bench = {
        clock,
        bounds,
        loop: new TransactionLoop({ pace, clock, outlet, isFull: () => bounds.isFull, leases: () => modes }),
      }
      const leases = [one, other].map((plan, number) => ({ plan, at: openLease(bench, number) }))
      const running = leases.flatMap(({ plan: { keys, paces }, at }) => {
        modes.push(at.mode)
        at.receive(keys.length)
        return paces.map((paceMs, key) =>
          at.runLane(
            keys.flatMap((own, delta) => (own === key ? [delta] : [])),
            paceMs,
          ),
        )
      })
      let hasEnded = false
      const all = Promise.all(running).then(() => (hasEnded = true))
      await clock.advance(1_200_000)
      await Promise.race([all, new Promise((resolve) => setImmediate(resolve))])
      expect(hasEnded, 'every lane has gone on').toBe(true)
      leases.forEach(({ plan: { keys }, at }, number) => {
        expect(offsets.get(at.lease)).toBe(BigInt(keys.length))
        expect(at.ledger).toMatchObject({ received: keys.length, awaiting: 0, queued: 0, imbalance: 0 })
        const mine = stored.filter((id) => id.includes(`${number}/`))
        expect(mine.map((id) => Number(id.split('/')[1])).toSorted((a, b) => a - b)).toEqual([...keys.keys()])
        for (const key of [0, 1, 2, 3]) {
          const own = mine.map((id) => Number(id.split('/')[1])).filter((delta) => keys[delta] === key)
          expect(own).toEqual(own.toSorted((a, b) => a - b))
        }
      })
      const hasOneLane = leases.every(({ plan: { keys } }) => new Set(keys).size === 1)
      if (hasOneLane) for (const { at } of leases) expect(at.most()).toBeLessThanOrEqual(3 + leases.length)
      expect([bounds.outputs, bounds.bytes]).toEqual([0, 0])
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 60, endOnFailure: true },
  )
}, 60_000)
