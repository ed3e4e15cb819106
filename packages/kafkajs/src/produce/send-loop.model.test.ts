import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fault } from './test-support/scripted-cluster.js'
import { setup } from './test-support/send-loop-setup.js'

const fault = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Fault>(
      'lost-before-append',
      'lost-after-append',
      'lost-for-now',
      'stored-then-6',
      'stored-then-20',
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom<Fault>(2, 6, 7, 19, 10, 18, 45, 47, 56, 59, 87, 29, 999) },
)
const rarely = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })
const step = fc.record({
  sends: fc.array(fc.record({ partition: fc.nat(2), isBig: fc.boolean(), isTakenBack: rarely }), { maxLength: 6 }),
  waitMs: fc.constantFrom(0, 1, 30, 200, 900),
  isUnreachable: rarely,
  isThrottled: rarely,
  fencesProducers: rarely,
  deliversLate: rarely,
  /** To node 1, 2 or 3, or to nobody. */
  moves: fc.array(fc.record({ partition: fc.nat(2), to: fc.constantFrom(1, 2, 3, -1) }), { maxLength: 1 }),
})
const script = fc.record({
  steps: fc.array(step, { maxLength: 14 }),
  faults: fc.array(fault, { maxLength: 50 }),
  delays: fc.array(fc.constantFrom(0, 0, 0, 5, 700, 1_500), { maxLength: 40 }),
})
type Script = typeof script extends fc.Arbitrary<infer Value> ? Value : never

/** Plays a script to its end: every record is answered then, and every late request has arrived. */
async function play({ steps, faults, delays }: Script) {
  const limits = { deliveryTimeoutMs: 1_000, maxBatchBytes: 300, maxBufferedBytes: 900 }
  const { clock, cluster, send } = setup({ t: 3 }, limits)
  const [faultQueue, delayQueue] = [faults.values(), delays.values()]
  cluster.fault = () => faultQueue.next().value
  cluster.delay = () => clock.wait(delayQueue.next().value ?? 0, new AbortController().signal)
  const sent: { readonly partition: number; readonly record: ReturnType<typeof send> }[] = []
  for (const one of steps) {
    cluster.isReachable = !one.isUnreachable
    if (one.isThrottled) cluster.throttledUntil = clock.now() + 300
    if (one.fencesProducers) cluster.fenceProducers()
    if (one.deliversLate) cluster.deliverLate()
    for (const { partition, to } of one.moves) cluster.leaders.set(`t/${partition}`, to)
    for (const { partition, isBig, isTakenBack } of one.sends) {
      const value = `${sent.length}`.padEnd(isBig ? 150 : 5, '.')
      const abort = new AbortController()
      sent.push({ partition, record: send(value, { partition }, abort.signal) })
      if (isTakenBack) abort.abort(new Error('taken back'))
    }
    await clock.advance(one.waitMs)
  }
  await clock.advance(5_000)
  cluster.deliverLate()
  return { clock, cluster, sent }
}

const REFUSED = /^MILLRACE_PRODUCE_(REFUSED|RECORD_INVALID|TIMED_OUT|TOO_LARGE)$|^other$/ // `other` is the reason of the one who took it back

describe('a sender, whatever goes wrong', () => {
  it('stores what is acknowledged once and in order, what is unknown at most once, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (plan) => {
        const { clock, cluster, sent } = await play(plan)
        expect(cluster.reused).toEqual([])
        expect(clock.timersWaiting).toBe(0)
        for (const { partition, record } of sent) {
          const stored = cluster.log('t', partition).filter(({ value }) => value === record.value)
          if (record.report !== undefined) {
            expect(stored.length).toBe(1)
            if (record.report.offset >= 0n) expect(stored).toMatchObject([{ offset: record.report.offset }])
          } else if (record.code === 'MILLRACE_PRODUCE_UNKNOWN') expect(stored.length).toBeLessThanOrEqual(1)
          else {
            expect(record.code).toMatch(REFUSED)
            expect(stored).toEqual([])
          }
        }
        for (const partition of [0, 1, 2]) {
          const acknowledged = new Set(sent.flatMap(({ record }) => (record.report === undefined ? [] : record.value)))
          const stored = cluster.log('t', partition).map(({ value }) => value)
          const order = stored.filter((value) => acknowledged.has(value)).map((value) => Number.parseInt(value, 10))
          expect(order).toEqual(order.toSorted((a, b) => a - b))
        }
      }),
      { numRuns: 400 },
    )
  })
})
