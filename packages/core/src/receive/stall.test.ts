import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lease } from './driver.js'
import { isSuspect, judgeLease, type Suspicion, type WatchedLease } from './stall.js'

const lease: Lease = {
  ...{ topic: 'orders', partition: 0, epoch: 1, startOffset: 0n, isLive: true },
  ...{ pause: () => undefined, resume: () => undefined, seek: () => undefined },
}
const watched = (overrides: Partial<WatchedLease> = {}): WatchedLease => ({
  ...{ lease, isFetchable: true, idleSinceMs: 0, nextOffset: 10n },
  ...overrides,
})
const suspicion = (askedAtMs: number, aheadSinceMs?: number, idleSinceMs = 0): Suspicion => ({
  ...{ askedAtMs, aheadSinceMs, idleSinceMs },
})
const limitMs = 60_000

describe('the log of a lease is asked', () => {
  it.each<[string, number, WatchedLease, Suspicion | undefined, boolean]>([
    ['not while it is not idle long enough', 14_999, watched(), undefined, false],
    ['when it has been idle for a quarter of the limit', 15_000, watched(), undefined, true],
    ['not while it is paused, full, unreadable or draining', 90_000, watched({ isFetchable: false }), undefined, false],
    ['once per limit while there is nothing more', 74_999, watched(), suspicion(15_000), false],
    ['again when the limit has passed', 75_000, watched(), suspicion(15_000), true],
    ['not while it is known to go on', 74_999, watched(), suspicion(15_000, 15_000), false],
    ['again before it counts as stalled', 75_000, watched(), suspicion(15_000, 15_000), true],
    [
      'anew when something was handed over since',
      45_000,
      watched({ idleSinceMs: 20_000 }),
      suspicion(40_000, 40_000),
      true,
    ],
  ])('%s', (_when, now, lease_, before, expected) => {
    expect(isSuspect(lease_, before, now, limitMs)).toBe(expected)
  })
})

describe('a lease is stalled', () => {
  it.each<[string, Parameters<typeof judgeLease>, boolean, number | undefined]>([
    ['not when its log ends where it is', [watched(), 10n, undefined, 15_000, limitMs], false, undefined],
    ['not when its log was cut behind it', [watched(), 4n, suspicion(0, 0), 99_000, limitMs], false, undefined],
    ['not at the first sight of more', [watched(), 11n, undefined, 600_000, limitMs], false, 600_000],
    ['not before the limit', [watched(), 11n, suspicion(15_000, 15_000), 74_999, limitMs], false, 15_000],
    [
      'when its log went on for the whole limit',
      [watched(), 11n, suspicion(15_000, 15_000), 75_000, limitMs],
      true,
      15_000,
    ],
    [
      'not when the end can not be told; the suspicion stays',
      [watched(), undefined, suspicion(0, 0), 99_000, limitMs],
      false,
      0,
    ],
    [
      'not when it is paused meanwhile',
      [watched({ isFetchable: false }), 11n, suspicion(0, 0), 99_000, limitMs],
      false,
      0,
    ],
    [
      'not by what was seen before the last hand-over',
      [watched({ idleSinceMs: 20_000 }), 11n, suspicion(15_000, 15_000), 99_000, limitMs],
      false,
      99_000,
    ],
  ])('%s', (_when, given, isStalled, aheadSinceMs) => {
    const verdict = judgeLease(...given)
    expect(verdict.isStalled).toBe(isStalled)
    expect(verdict.suspicion).toEqual({ idleSinceMs: given[0].idleSinceMs, askedAtMs: given[3], aheadSinceMs })
  })

  it('never, whatever is seen and when, unless it was idle and behind at two looks a limit apart', () => {
    const look = fc.record({
      waitedMs: fc.nat(40_000),
      end: fc.option(fc.bigInt(8n, 12n), { nil: undefined }),
      isFetchable: fc.boolean(),
      hasHandedOver: fc.boolean(),
    })
    const property = fc.property(fc.array(look, { maxLength: 20 }), (looks) => {
      let [now, idleSinceMs] = [0, 0]
      let before: Suspicion | undefined
      let behindSinceMs: number | undefined
      for (const { waitedMs, end, isFetchable, hasHandedOver } of looks) {
        now += waitedMs
        if (hasHandedOver) idleSinceMs = now
        if (hasHandedOver || (end !== undefined && end <= 10n)) behindSinceMs = undefined
        const isAhead = end !== undefined && end > 10n
        const hasWaited = behindSinceMs !== undefined && now - behindSinceMs >= limitMs
        const { isStalled, suspicion: after } = judgeLease(
          watched({ idleSinceMs, isFetchable }),
          end,
          before,
          now,
          limitMs,
        )
        expect(isStalled).toBe(isFetchable && isAhead && hasWaited)
        if (isAhead) behindSinceMs ??= now
        before = after
      }
    })
    fc.assert(property, { numRuns: 500 })
  })
})
