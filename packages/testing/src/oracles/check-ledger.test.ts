import type { GroupSnapshot, HandlerTotals, LedgerCounts, PartitionSnapshot } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { checkLedger } from './check-ledger.js'

const counts: LedgerCounts = { received: 21, processed: 10, retried: 1, deadLettered: 2, skipped: 3, abandoned: 2 }
const noCounts: LedgerCounts = { received: 0, processed: 0, retried: 0, deadLettered: 0, skipped: 0, abandoned: 0 }
const lease: PartitionSnapshot = {
  topic: 'orders',
  partition: 0,
  generation: 1,
  watermark: 0n,
  committed: 0n,
  nextOffset: 0n,
  endOffset: 0n,
  lag: 0,
  inFlight: { queued: 1, running: 1, awaiting: 1 },
  oldestUnsettledMs: 0,
  pausedBecause: [],
  lanes: [],
  ledger: counts,
}
const totals: HandlerTotals = {
  ...counts,
  group: 'billing',
  topic: 'orders',
  handler: 'Orders.placed',
  inFlight: 3,
  attempts: 20,
  retriesInPlace: 0,
  lateResults: 0,
  deadLetterFailures: 0,
}
const group = (partition: PartitionSnapshot): GroupSnapshot => ({
  group: 'billing',
  isJoined: true,
  generation: 1,
  rebalances: 1,
  deaths: 0,
  stalls: 0,
  commits: { done: 1, failed: 0 },
  transactions: { committed: 0, aborted: 0, fenced: 0 },
  decided: { records: 0, outputs: 0, bytes: 0 },
  partitions: [partition],
})

describe('checkLedger', () => {
  it('finds nothing where everything received is accounted for', () => {
    expect(checkLedger({ groups: [group(lease)], handlers: [totals] })).toEqual([])
  })

  it.each([...(['processed', 'retried', 'deadLettered', 'skipped', 'abandoned'] as const)])(
    'catches one record too many that was %s, in a lease and in the totals of a handler',
    (name) => {
      const unbalanced = { ...counts, [name]: counts[name] + 1 }
      const found = checkLedger({
        groups: [group({ ...lease, ledger: unbalanced })],
        handlers: [{ ...totals, ...unbalanced }],
      })
      expect(found.map(({ text }) => text)).toEqual([
        'billing orders[0]: 21 received, 22 accounted for',
        'billing Orders.placed: 21 received, 22 accounted for',
      ])
    },
  )

  it.each(['queued', 'running', 'awaiting'] as const)('counts records that are %s', (name) => {
    const inFlight = { ...lease.inFlight, [name]: 0 }
    expect(checkLedger({ groups: [group({ ...lease, inFlight })], handlers: [] })).toMatchObject([{ oracle: 'ledger' }])
  })

  it.each(['received', 'processed', 'retried', 'deadLettered', 'skipped', 'abandoned'] as const)(
    'catches a number below zero of records that were %s, even when the sums agree',
    (name) => {
      const odd = { ...noCounts, [name]: -1 }
      const inFlight = name === 'received' ? -1 : 1
      const leased = { ...lease, ledger: odd, inFlight: { queued: inFlight, running: 0, awaiting: 0 } }
      const found = checkLedger({ groups: [group(leased)], handlers: [{ ...totals, ...odd, inFlight }] })
      expect(found.map(({ text }) => text)).toEqual([
        expect.stringMatching(/^billing orders\[0\]: .* below zero$/),
        expect.stringMatching(/^billing Orders\.placed: .* below zero$/),
      ])
    },
  )

  it.each(['queued', 'running', 'awaiting'] as const)('catches fewer than no records that are %s', (name) => {
    const inFlight = { queued: 1, running: 1, awaiting: 1, [name]: -2 }
    const odd = group({ ...lease, ledger: noCounts, inFlight })
    expect(checkLedger({ groups: [odd], handlers: [] })).toHaveLength(1)
  })

  it('catches fewer than no records in flight in the totals of a handler', () => {
    const odd = { ...totals, ...noCounts, processed: 1, inFlight: -1 }
    expect(checkLedger({ groups: [], handlers: [odd] })).toHaveLength(1)
  })
})
