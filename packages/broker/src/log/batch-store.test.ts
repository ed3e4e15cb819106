import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BatchStore } from './batch-store.js'
import { createMemoryBudget, type MemoryBudget } from './memory-budget.js'
import { batchField, stampBatch } from './record-batch.js'
import { batchOfSize, buildBatch } from './test-support/build-batch.js'

const plenty = (): MemoryBudget => createMemoryBudget({ limitBytes: 2 ** 40 })

/** Adds a batch as a log does, and returns what it now looks like. */
function add(store: BatchStore, batch: Buffer, isForced = false): Buffer | undefined {
  const offsetCount = batch.readInt32BE(batchField.lastOffsetDelta) + 1
  const maxTimestamp = batch.readBigInt64BE(batchField.maxTimestamp)
  const baseOffset = store.endOffset
  const stored = store.append(batch, { offsetCount, maxTimestamp, now: 0, isForced })
  if (stored === undefined) return undefined
  stampBatch(stored.bytes, stored.at, baseOffset, 0)
  return Buffer.from(stored.bytes.subarray(stored.at, stored.at + batch.length))
}

/** No batch of one record has these: the length of its length grows there. */
const gaps = new Set([126, 8255])

/** Sizes as producers have them: single records, and batches up to several pieces of memory. */
const size = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: 80, max: 400 }) },
    { weight: 2, arbitrary: fc.integer({ min: 400, max: 9000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 9000, max: 100_000 }) },
  )
  .filter((each) => !gaps.has(each))

describe('BatchStore', () => {
  it('gives back, from every offset and in every length, the bytes that came in', () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 60 }), fc.nat(), fc.nat(200_000), (sizes, seed, count) => {
        const store = new BatchStore(plenty())
        const model = sizes.map((each) => add(store, batchOfSize(each)) ?? Buffer.alloc(0))
        const all = Buffer.concat(model)
        const index = seed % sizes.length
        const from = store.byteOf(BigInt(index))
        expect(from).toBe(Buffer.concat(model.slice(0, index)).length)
        expect(store.batchSizeAt(from)).toBe(sizes[index])
        const length = Math.min(count + 1, all.length - from)
        expect(store.bytesFrom(from, length, length).equals(all.subarray(from, from + length))).toBe(true)
        expect(Buffer.concat([...store.batches()]).equals(all)).toBe(true)
        expect(store.sizeInBytes).toBe(all.length)
      }),
      { numRuns: 60 },
    )
  })

  it('finds the batch of an offset in its middle', () => {
    const store = new BatchStore(plenty())
    for (let index = 0; index < 300; index += 1) add(store, buildBatch({ records: [{}, {}, {}, {}] }))
    const one = store.batchSizeAt(0)
    for (let offset = 0n; offset < 1200n; offset += 1n) expect(store.byteOf(offset)).toBe(Number(offset / 4n) * one)
    expect(store.byteOf(1200n)).toBe(300 * one)
  })

  it('goes on in the same places after its head was dropped anywhere', () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 60 }), fc.nat(), (sizes, seed) => {
        const budget = plenty()
        const store = new BatchStore(budget)
        const model = sizes.map((each) => add(store, batchOfSize(each)) ?? Buffer.alloc(0))
        const before = budget.usedBytes
        const start = seed % (sizes.length + 1)
        store.dropBefore(BigInt(start))
        const rest = Buffer.concat(model.slice(start))
        expect(Buffer.concat([...store.batches()]).equals(rest)).toBe(true)
        expect(store.sizeInBytes).toBe(rest.length)
        expect(store.bytesFrom(store.byteOf(BigInt(start)), rest.length, rest.length).equals(rest)).toBe(true)
        expect(budget.usedBytes).toBeLessThanOrEqual(before)
        if (start === sizes.length) expect(budget.usedBytes).toBe(0)
        const one = add(store, batchOfSize(500))
        const at = store.byteOf(BigInt(sizes.length))
        expect(one !== undefined && store.bytesFrom(at, 500, 500).equals(one)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['records one by one', [85]],
    ['small batches', [700]],
    ['batches of 16 kB', [16_384]],
    ['batches of 64 kB', [65_536]],
    ['batches of 600 kB', [600_000]],
    ['batches of 1 MB', [1_048_000]],
    ['small and large ones in turn', [90, 300_000]],
    ['many small ones and a large one', [...Array.from({ length: 200 }, () => 500), 200_000]],
    ['sizes that fill no piece', [65_000, 3_000, 40_000, 900]],
  ])('holds %s in at most 1.2 times their size and a little', (_what, pattern) => {
    const budget = plenty()
    const store = new BatchStore(budget)
    const batches = pattern.map((each) => batchOfSize(each))
    let surplus = 0
    for (let index = 0; store.sizeInBytes < 12 * 1024 * 1024; index += 1) {
      const batch = batches[index % batches.length]
      if (batch !== undefined) add(store, batch)
      surplus = Math.max(surplus, budget.usedBytes - 1.2 * store.sizeInBytes)
    }
    expect(surplus).toBeLessThan(70_000)
  })

  it('hands out its own memory where bytes lie in one piece, and what it holds does not change under the reader', () => {
    const store = new BatchStore(plenty())
    for (let index = 0; index < 10; index += 1) add(store, batchOfSize(200))
    const view = store.bytesFrom(store.byteOf(2n), 600, 600)
    const before = Buffer.from(view)
    expect(view.buffer).toBe(store.bytesFrom(0, 100, 100).buffer)
    for (let index = 0; index < 50; index += 1) add(store, batchOfSize(9000))
    store.dropBefore(store.endOffset)
    expect(view.equals(before)).toBe(true)
  })

  it('copies what it takes, so that the frame it came in can go', () => {
    const store = new BatchStore(plenty())
    const frame = Buffer.concat([Buffer.alloc(1_000_000), batchOfSize(100)])
    const stored = add(store, frame.subarray(1_000_000))
    frame.fill(0)
    expect(store.bytesFrom(0, 100, 100).equals(stored ?? Buffer.alloc(0))).toBe(true)
    expect(store.bytesFrom(0, 100, 100).buffer.byteLength).toBeLessThan(10_000)
  })

  it('stops between two pieces of memory once there is enough', () => {
    const store = new BatchStore(plenty())
    for (let index = 0; index < 3; index += 1) add(store, batchOfSize(50_000))
    expect(store.bytesFrom(0, 150_000, 150_000)).toHaveLength(150_000)
    expect(store.bytesFrom(0, 150_000, 40_000)).toHaveLength(50_000)
    expect(store.bytesFrom(0, 150_000, 50_001)).toHaveLength(100_000)
    expect(store.bytesFrom(50_000, 60_000, 1)).toHaveLength(50_000)
  })

  it('refuses a batch for which there is no room, but what is forced', () => {
    const budget = createMemoryBudget({ limitBytes: 50_000 })
    const store = new BatchStore(budget)
    const batch = batchOfSize(20_000)
    expect(add(store, batch)).toBeDefined()
    expect(add(store, batch)).toBeDefined()
    expect(add(store, batch)).toBeUndefined()
    expect([store.endOffset, store.sizeInBytes]).toEqual([2n, 40_000])
    expect(add(store, batch, true)).toBeDefined()
    expect(store.endOffset).toBe(3n)
  })

  it('takes a batch for which room was made in this very log', () => {
    let makeRoom = (): void => {}
    const budget = createMemoryBudget({ limitBytes: 50_000, makeRoom: () => makeRoom() })
    const store = new BatchStore(budget)
    for (let index = 0; index < 2; index += 1) add(store, batchOfSize(20_000))
    makeRoom = () => store.dropBefore(store.endOffset)
    const stored = add(store, batchOfSize(20_000))
    expect(stored !== undefined && store.bytesFrom(store.byteOf(2n), 20_000, 20_000).equals(stored)).toBe(true)
    expect(budget.usedBytes).toBeLessThan(25_000)
  })

  it('releases memory once where room was made of a piece that was not full', () => {
    let makeRoom = (): void => {}
    const budget = createMemoryBudget({ limitBytes: 50_000, makeRoom: () => makeRoom() })
    const store = new BatchStore(budget)
    add(store, batchOfSize(100))
    makeRoom = () => store.dropBefore(store.endOffset)
    add(store, batchOfSize(45_000))
    expect(budget.usedBytes).toBeLessThan(50_000)
    add(store, batchOfSize(45_000))
    expect(budget.usedBytes).toBeGreaterThan(45_000)
    store.dropBefore(store.endOffset)
    expect(budget.usedBytes).toBe(0)
  })

  it('bounds what an offset past a position may be', () => {
    const store = new BatchStore(plenty())
    for (let index = 0; index < 500; index += 1) add(store, batchOfSize(100))
    for (let byte = 0; byte <= 50_000; byte += 50) {
      const first = BigInt(Math.ceil(byte / 100))
      const past = store.offsetPast(byte)
      expect(past >= first && past <= first + 43n).toBe(true)
    }
  })
})
