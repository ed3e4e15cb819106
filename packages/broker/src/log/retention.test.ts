import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../clock/virtual-clock.js'
import { startRetention } from './retention.js'
import { batchOfSize } from './test-support/build-batch.js'
import { setupLog } from './test-support/setup-log.js'

const at = (timestamp: number) => ({ records: [{ timestamp }] })

describe('retention', () => {
  it('drops leading batches that are older than the topic keeps them', () => {
    const { log, append, events } = setupLog({ config: { retentionMs: 1000 } })
    for (const time of [100, 200, 5000, 300]) append(at(time))
    log.enforceRetention(1200)
    expect(log.startOffset).toBe(1n)
    log.enforceRetention(1201)
    expect([log.startOffset, log.endOffset]).toEqual([2n, 4n])
    expect(events.at(-1)).toEqual({
      kind: 'log.truncated',
      topic: 'orders',
      partition: 0,
      startOffset: 2n,
      reason: 'retention',
    })
    log.enforceRetention(6001)
    expect(log.startOffset).toBe(4n)
  })

  it('drops leading batches of what is more than the topic keeps', () => {
    const { log, append } = setupLog({ config: { retentionBytes: 250 } })
    for (let index = 0; index < 4; index += 1) append(batchOfSize(100))
    log.enforceRetention(10_000)
    expect([log.startOffset, log.sizeInBytes]).toEqual([1n, 300])
  })

  it.each([
    ['keeps everything where neither time nor size is limited', { retentionMs: -1, retentionBytes: -1 }],
    ['keeps everything on a topic that is only compacted', { cleanupPolicy: 'compact' as const, retentionMs: 1 }],
    ['keeps everything on a topic that is never cleaned', { cleanupPolicy: '' as const, retentionMs: 1 }],
  ])('%s', (_behaviour, config) => {
    const { log, append } = setupLog({ config })
    append({ records: [{ key: 'k', timestamp: 1 }] })
    log.enforceRetention(1e12)
    expect(log.startOffset).toBe(0n)
  })

  it('takes the time of writing for batches without timestamps', () => {
    const { log, append } = setupLog({ config: { retentionMs: 1000 } })
    append(at(-1), 50_000)
    log.enforceRetention(51_000)
    expect(log.startOffset).toBe(0n)
    log.enforceRetention(51_001)
    expect(log.startOffset).toBe(1n)
  })

  it('reads the limits at each look', () => {
    const { log, append, config } = setupLog()
    append(at(1))
    log.enforceRetention(10_000)
    expect(log.startOffset).toBe(0n)
    config.retentionMs = 5000
    log.enforceRetention(10_000)
    expect(log.startOffset).toBe(1n)
  })

  it('forgets producers that wrote nothing for a day, but not one whose transaction is open', () => {
    const { log, append } = setupLog()
    append({ producerId: 1n })
    append({ producerId: 2n, transactional: true })
    const day = 24 * 3600 * 1000
    log.enforceRetention(10_000 + day - 1)
    expect(append({ producerId: 1n, baseSequence: 5 }).errorCode).toBe(45)
    log.enforceRetention(10_000 + day)
    expect(append({ producerId: 1n, baseSequence: 5 }).errorCode).toBe(0)
    expect(append({ producerId: 2n, baseSequence: 5, transactional: true }).errorCode).toBe(45)
  })

  it('remembers ten thousand producers, markers included, and forgets the one that was idle longest', () => {
    const { append, end } = setupLog()
    for (let id = 0; id < 10_000; id += 1) end(BigInt(id), true, { now: 10_000 + id })
    append({ producerId: 0n }, 30_000)
    end(10_000n, true, { now: 30_000 })
    expect(append({ producerId: 0n, baseSequence: 5 }, 30_000).errorCode).toBe(45)
    expect(append({ producerId: 10_000n, baseSequence: 5 }, 30_000).errorCode).toBe(45)
    expect(append({ producerId: 1n, baseSequence: 5 }, 30_000).errorCode).toBe(0)
  })
})

describe('startRetention', () => {
  it('looks at every log every five minutes until it is stopped', async () => {
    const clock = createVirtualClock({ startMs: 0 })
    const looks: number[] = []
    const stop = startRetention({ clock, logs: () => [{ enforceRetention: (now) => void looks.push(now) }] })
    await clock.advance(899_999)
    expect(looks).toEqual([300_000, 600_000])
    await clock.advance(1)
    expect(looks).toEqual([300_000, 600_000, 900_000])
    stop()
    await clock.advance(900_000)
    expect(looks).toHaveLength(3)
    expect(clock.timersWaiting).toBe(0)
  })
})
