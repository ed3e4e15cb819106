import { getEventListeners } from 'node:events'
import type { DeliveryReport } from '@millrace/core'
import { createManualClock } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { Outstanding, type PendingRecord } from './outstanding.js'
import { collectGarbage } from './test-support/collect-garbage.js'

const report: DeliveryReport = { topic: 't', partition: 0, offset: 0n, timestamp: 0 }

function setup(
  maxBufferedBytes: number,
  onAccept: (pending: PendingRecord) => void = () => undefined,
  onFull: 'wait' | 'reject' = 'wait',
) {
  const clock = createManualClock()
  const accepted: PendingRecord[] = []
  const outstanding: Outstanding = new Outstanding({
    clock,
    maxBufferedBytes,
    onFull,
    deliveryTimeoutMs: 1_000,
    judgeSize: (_outgoing, sizeBytes) => (sizeBytes > 50_000 ? new Error('too large') : undefined),
    accept(pending) {
      accepted.push(pending)
      onAccept(pending)
    },
  })
  const track = (bytes: number, signal?: AbortSignal) =>
    outstanding.track({ topic: 't', key: null, value: Buffer.alloc(bytes) }, signal)
  const acknowledge = (index: number) => {
    const pending = accepted[index]
    if (pending !== undefined) outstanding.acknowledge(pending, report)
  }
  return { clock, outstanding, accepted, track, acknowledge }
}

describe('outstanding', () => {
  it('lets records wait for room in their order', async () => {
    const { accepted, track, acknowledge } = setup(200)
    const sent = [track(100), track(100), track(10)]
    expect(accepted.length).toBe(1) // the small one would fit, but does not overtake
    acknowledge(0)
    expect(accepted.map(({ sizeBytes }) => sizeBytes > 100)).toEqual([true, true, false])
    acknowledge(1)
    acknowledge(2)
    await Promise.all(sent)
  })

  it("refuses what finds no room with onFull: 'reject', and takes it once there is room again", async () => {
    const { accepted, outstanding, track, acknowledge } = setup(200, undefined, 'reject')
    const first = track(150)
    await expect(track(150)).rejects.toMatchObject({ code: 'MILLRACE_PRODUCE_BUFFER_FULL', retriable: true })
    expect([accepted.length, outstanding.count]).toEqual([1, 1])
    acknowledge(0)
    const second = track(150)
    acknowledge(1)
    await Promise.all([first, second])
  })

  it('takes a record that is larger than the whole room, alone', async () => {
    const { accepted, track, acknowledge } = setup(200)
    const sent = [track(5_000), track(1)]
    expect(accepted.length).toBe(1)
    acknowledge(0)
    acknowledge(1)
    await Promise.all(sent)
  })

  it('takes nothing of a record that is too large for any broker', async () => {
    const { accepted, outstanding, track } = setup(200)
    await expect(track(60_000)).rejects.toThrow('too large')
    expect([accepted.length, outstanding.count]).toEqual([0, 0])
  })

  it('frees no room for a record that had none', async () => {
    const { accepted, track, acknowledge } = setup(250)
    const first = track(100)
    const abort = new AbortController()
    const aborted = track(1_000, abort.signal)
    abort.abort(new Error('gone'))
    await expect(aborted).rejects.toThrow('gone')
    const [second, third] = [track(50), track(50)]
    expect(accepted.length).toBe(2)
    for (const index of [0, 1, 2]) acknowledge(index)
    await Promise.all([first, second, third])
  })

  it('leaves no listener on a signal', async () => {
    const { accepted, track, acknowledge } = setup(150)
    const { signal } = new AbortController()
    const sent = [track(100, signal), track(100, signal)]
    expect(getEventListeners(signal, 'abort').length).toBe(1)
    acknowledge(0)
    expect([accepted.length, getEventListeners(signal, 'abort').length]).toEqual([2, 0])
    acknowledge(1)
    await Promise.all(sent)
  })

  it('lets any number of callers wait, and holds nothing of a record that was taken back', async () => {
    const { outstanding, track, acknowledge } = setup(150)
    const first = track(100)
    const stuck = track(100) // the others stand behind it
    const abort = new AbortController()
    const values: WeakRef<Buffer>[] = []
    const others = Array.from({ length: 10_000 }, () => {
      const value = Buffer.alloc(10)
      values.push(new WeakRef(value))
      return outstanding.track({ topic: 't', key: null, value }, abort.signal).catch(() => 'taken back')
    })
    expect(outstanding.count).toBe(10_002)
    abort.abort()
    expect(new Set(await Promise.all(others))).toEqual(new Set(['taken back']))
    expect(outstanding.count).toBe(2)
    await collectGarbage()
    expect(values.filter((value) => value.deref() !== undefined).length).toBeLessThan(10)
    acknowledge(0)
    acknowledge(1)
    await Promise.all([first, stuck])
  })

  it('holds nothing of what waited behind a record that hangs', async () => {
    const { outstanding, accepted, track, acknowledge } = setup(450)
    const first = track(400)
    const hanging = track(100)
    const values: WeakRef<Buffer>[] = []
    const others = Array.from({ length: 1_000 }, () => {
      const value = Buffer.alloc(100)
      values.push(new WeakRef(value))
      return outstanding.track({ topic: 't', key: null, value }, undefined)
    })
    expect(accepted.length).toBe(1)
    acknowledge(0)
    for (let index = 2; index < 1_002; index += 1) acknowledge(index)
    await Promise.all([first, ...others])
    expect([accepted.length, outstanding.count]).toEqual([1_002, 1])
    const [hangs] = accepted.splice(0).slice(1)
    await collectGarbage()
    expect(values.filter((value) => value.deref() !== undefined).length).toBeLessThan(10)
    if (hangs !== undefined) outstanding.acknowledge(hangs, report)
    await hanging
  })

  it('refuses any number of waiting records without growing the stack', async () => {
    const refuseSmall = (pending: PendingRecord): void => {
      if (pending.sizeBytes < 500) outstanding.refuse(pending, new Error('no'))
    }
    const { outstanding, track, acknowledge } = setup(600, refuseSmall)
    const first = track(550)
    const others = Array.from({ length: 20_000 }, () => track(100).catch(() => 'refused'))
    acknowledge(0)
    await first
    expect(new Set(await Promise.all(others))).toEqual(new Set(['refused']))
    expect(outstanding.count).toBe(0)
  })

  it('answers a record once', async () => {
    const { accepted, outstanding, track, acknowledge } = setup(1_000)
    const sent = track(1)
    const [pending] = accepted
    if (pending !== undefined) outstanding.refuse(pending, new Error('first'))
    acknowledge(0)
    await expect(sent).rejects.toThrow('first')
    expect(outstanding.count).toBe(0)
  })

  it('flushes what was sent before, not what came after', async () => {
    const { outstanding, track, acknowledge } = setup(1_000)
    const before = [track(1), track(1)]
    const flushed = outstanding.flush(undefined)
    void track(1)
    acknowledge(2)
    acknowledge(0)
    expect(outstanding.isFlushing).toBe(true)
    acknowledge(1)
    await Promise.all([...before, flushed])
    expect(outstanding.isFlushing).toBe(false)
  })

  it('expires what still waits for room, and says when the next one is due', async () => {
    const { clock, outstanding, track } = setup(150)
    void track(100)
    const early = track(100)
    await clock.advance(300)
    void track(100)
    expect(outstanding.expireWaiting(999, () => new Error('late'))).toBe(1_000)
    expect(outstanding.expireWaiting(1_000, () => new Error('late'))).toBe(1_300)
    await expect(early).rejects.toThrow('late')
  })
})
