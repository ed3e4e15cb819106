import { describe, expect, it } from 'vitest'
import { silentLogger } from '../observe/logger.js'
import { createHandClock } from '../test-support/hand-clock.js'
import type { Lease } from './driver.js'
import type { WatchedLease } from './stall.js'
import { type StalledLease, Watchdog, type WatchdogParts } from './watchdog.js'

const leaseOf = (partition: number): Lease => ({
  ...{ topic: 'orders', partition, epoch: 1, startOffset: 0n, isLive: true },
  ...{ pause: () => undefined, resume: () => undefined, seek: () => undefined },
})
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** So many leases at offset 10, and logs that end where the test says. */
function setup(count: number, overrides: Partial<WatchdogParts> = {}) {
  const clock = createHandClock()
  const leases = Array.from({ length: count }, (_, partition): Mutable<WatchedLease> => {
    return { lease: leaseOf(partition), isFetchable: true, idleSinceMs: 0, nextOffset: 10n }
  })
  const ends = new Map<number, bigint>()
  const asked: { readonly at: number; readonly partitions: readonly number[] }[] = []
  const stalls: (readonly StalledLease[])[] = []
  const debug: string[] = []
  const watchdog = new Watchdog({
    ...{ limitMs: 60_000, clock },
    log: { ...silentLogger, debug: (_fields, message) => void debug.push(message) },
    leases: () => leases.map((one) => ({ ...one })),
    async endOffsets(wanted) {
      asked.push({ at: clock.now(), partitions: wanted.map(({ partition }) => partition) })
      return new Map(
        wanted.flatMap((lease): [Lease, bigint][] => {
          const end = ends.get(lease.partition)
          return end === undefined ? [] : [[lease, end]]
        }),
      )
    },
    onStall: (stalled) => void stalls.push(stalled),
    ...overrides,
  })
  watchdog.start()
  return { asked, clock, debug, ends, leases, stalls, watchdog }
}

const stalledPartitions = (stalls: readonly (readonly StalledLease[])[]) =>
  stalls.map((stalled) => stalled.map(({ watched }) => watched.lease.partition))

describe('the watchdog', () => {
  it('notices one lease among others that has been behind for the limit, and then watches no more', async () => {
    const { asked, clock, ends, leases, stalls } = setup(3)
    ends.set(0, 10n).set(1, 25n).set(2, 10n)
    await clock.advance(74_000)
    expect(stalls).toEqual([])
    await clock.advance(1_000)
    expect(stalledPartitions(stalls)).toEqual([[1]])
    expect(stalls[0]).toMatchObject([{ watched: leases[1], endOffset: 25n, idleMs: 75_000 }])
    expect(asked.map(({ at }) => at)).toEqual([15_000, 75_000])
    await clock.advance(600_000)
    expect([stalls.length, clock.pending]).toEqual([1, 0])
  })

  it('names all that are stalled at once', async () => {
    const { clock, ends, stalls } = setup(2)
    ends.set(0, 11n).set(1, 12n)
    await clock.advance(75_000)
    expect(stalledPartitions(stalls)).toEqual([[0, 1]])
  })

  it('asks an idle topic once per limit, in one question for all of its partitions', async () => {
    const { asked, clock, ends, stalls } = setup(4)
    for (const partition of [0, 1, 2, 3]) ends.set(partition, 10n)
    await clock.advance(10 * 60_000)
    expect(asked).toHaveLength(10)
    expect(asked.every(({ partitions }) => partitions.length === 4)).toBe(true)
    expect(stalls).toEqual([])
  })

  it('asks nothing while everything flows, or nothing can', async () => {
    const { asked, clock, ends, leases } = setup(2)
    ends.set(0, 99n).set(1, 99n)
    const [flowing, paused] = leases
    if (paused !== undefined) paused.isFetchable = false
    for (let at = 0; at < 600_000; at += 10_000) {
      if (flowing !== undefined) flowing.idleSinceMs = clock.now()
      await clock.advance(10_000)
    }
    expect(asked).toEqual([])
  })

  it('begins anew when a lease was handed something, or has room again', async () => {
    const { clock, ends, leases, stalls } = setup(1)
    const [only] = leases
    ends.set(0, 99n)
    await clock.advance(74_000)
    if (only !== undefined) Object.assign(only, { idleSinceMs: clock.now(), nextOffset: 50n })
    await clock.advance(74_000)
    expect(stalls).toEqual([])
    await clock.advance(30_000)
    expect(stalledPartitions(stalls)).toEqual([[0]])
  })

  it.each<[string, WatchdogParts['endOffsets'], string]>([
    ['hangs and does not heed its signal', () => new Promise(() => undefined), 'not told in time'],
    ['fails', () => Promise.reject(new Error('no broker answers')), 'could not be asked'],
    ['has no answer', async () => new Map(), 'of some idle logs were not told'],
  ])(
    'takes no stall from a question that %s, says so at debug, and goes on asking',
    async (_what, endOffsets, said) => {
      const { clock, debug, stalls } = setup(1, { endOffsets })
      await clock.advance(10 * 60_000)
      expect(stalls).toEqual([])
      expect(debug.length).toBeGreaterThan(5)
      expect(debug.every((line) => line.includes(said))).toBe(true)
    },
  )

  it('takes no stall from a time in which the process stood still', async () => {
    const { clock, ends, stalls } = setup(1)
    ends.set(0, 11n)
    await clock.advance(20_000)
    clock.jump(300_000) // stopped, or its event loop blocked: all timers come late
    await clock.advance(59_000)
    expect(stalls).toEqual([])
    await clock.advance(60_000)
    expect(stalls).toHaveLength(1)
  })

  it('leaves no timer behind, and ends a question that is under way', async () => {
    const signals: AbortSignal[] = []
    const { clock, watchdog } = setup(1, {
      endOffsets: (_leases, signal) => {
        signals.push(signal)
        return new Promise(() => undefined)
      },
    })
    await clock.advance(20_000)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    watchdog.stop()
    await clock.advance(0)
    expect([signals[0]?.aborted, clock.pending]).toEqual([true, 0])
    await clock.advance(600_000)
    expect(signals).toHaveLength(1)
  })

  it('forgets what it has seen when it is started again', async () => {
    const { clock, ends, stalls, watchdog } = setup(1)
    ends.set(0, 11n)
    await clock.advance(70_000)
    watchdog.start()
    await clock.advance(70_000)
    expect(stalls).toEqual([])
    await clock.advance(10_000)
    expect(stalls).toHaveLength(1)
  })
})
