import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Batch, createAccumulator, type Entry, type PartitionQueue } from './accumulator.js'

interface Item extends Entry {
  readonly name: number
}

const item = (name: number, sizeBytes = 100): Item => ({ name, sizeBytes, isSettled: false })
const limits = { maxBatchBytes: 361, maxBatchRecords: 1_000 }

function batches(queue: PartitionQueue<Item> | undefined): Batch<Item>[] {
  const found: Batch<Item>[] = []
  for (let batch = queue?.first; batch !== undefined; batch = batch.next) found.push(batch)
  return found
}
const names = (queue: PartitionQueue<Item> | undefined): number[][] =>
  batches(queue).map(({ entries }) => entries.map(({ name }) => name))

function setup(sizes: readonly number[], maxBatchRecords = limits.maxBatchRecords) {
  const accumulator = createAccumulator<Item>({ ...limits, maxBatchRecords })
  for (const [name, size] of sizes.entries()) accumulator.add('t', 0, item(name, size), 0)
  const [queue] = accumulator.active
  if (queue === undefined) throw new Error('nothing was added')
  return { accumulator, queue }
}

describe('accumulator', () => {
  // A batch's own fields take 61 bytes, so three records of 100 fill one.
  it.each<[string, number[], number[][]]>([
    ['fills a batch to its limit', [100, 100, 100, 100], [[0, 1, 2], [3]]],
    ['begins a new one for what does not fit', [100, 250, 10], [[0], [1, 2]]],
    ['sends a larger record alone', [10, 5_000, 10], [[0], [1], [2]]],
  ])('%s', (_behaviour, sizes, expected) => {
    expect(names(setup(sizes).queue)).toEqual(expected)
  })

  it('limits the records of a batch', () => {
    expect(names(setup([1, 1, 1], 2).queue)).toEqual([[0, 1], [2]])
  })

  it('adds nothing to a closed batch', () => {
    const { accumulator, queue } = setup([10])
    expect(accumulator.hasOpenBatch('t', 0)).toBe(true)
    for (const batch of batches(queue)) batch.isClosed = true
    expect(accumulator.hasOpenBatch('t', 0)).toBe(false)
    accumulator.add('t', 0, item(1), 0)
    expect(names(queue)).toEqual([[0], [1]])
  })

  it('forgets a partition without batches, and knows it again', () => {
    const { accumulator, queue } = setup([10])
    accumulator.removeFirst(queue)
    expect([accumulator.active.size, accumulator.hasOpenBatch('t', 0)]).toEqual([0, false])
    accumulator.add('t', 0, item(1), 0)
    expect([...accumulator.active]).toEqual([queue])
  })

  it('splits the first batch into halves that are not numbered', () => {
    const { accumulator, queue } = setup([100, 100, 100, 100])
    const [whole] = batches(queue)
    if (whole !== undefined)
      whole.sent = { number: { identity: { id: 1n, epoch: 0 }, baseSequence: 0 }, frame: Buffer.alloc(0) }
    accumulator.splitFirst(queue, 5)
    expect(names(queue)).toEqual([[0, 1], [2], [3]])
    expect(batches(queue).map(({ sent, sizeBytes }) => [sent, sizeBytes])).toEqual([
      [undefined, 261],
      [undefined, 161],
      [undefined, 161],
    ])
  })

  it('keeps every record once and in order through any splits', () => {
    const step = fc.constantFrom('add', 'add', 'split', 'remove', 'close')
    fc.assert(
      fc.property(fc.array(step), fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (steps, sizes) => {
        const { accumulator, queue } = setup([10])
        let added = 1
        const removed: number[] = []
        for (const [index, what] of steps.entries()) {
          if (what === 'add') accumulator.add('t', 0, item(added++, sizes[index % sizes.length]), 0)
          if (what === 'split') accumulator.splitFirst(queue, 0)
          accumulator.trim(queue)
          if (what === 'close' && queue.first !== undefined) queue.first.isClosed = true
          if (what === 'remove') {
            removed.push(...(names(queue)[0] ?? []))
            accumulator.removeFirst(queue)
          }
        }
        expect([...removed, ...names(queue).flat()]).toEqual(Array.from({ length: added }, (_, name) => name))
        expect(batches(queue).at(-1)).toBe(queue.last)
        expect(accumulator.active.has(queue)).toBe(queue.first !== undefined)
      }),
    )
  })
})
