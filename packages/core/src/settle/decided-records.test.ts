import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { receivedRecord } from '../test-support/records.js'
import { type DecidedRecord, DecidedRecords } from './decided-records.js'

const output = (value: string) => ({ topic: 'invoices', key: null, value: Buffer.from(value) })

/** A lease that has received these offsets, with the next one at `end`. */
function setup(received: readonly number[], end: number) {
  const decided = new DecidedRecords()
  for (const delta of received) decided.receive(delta)
  decided.closeBatch(end)
  const add = (...deltas: number[]) => {
    for (const delta of deltas) decided.add(receivedRecord(delta), 'processed', [output(`${delta}`)], 10)
  }
  return { decided, add }
}
const deltasOf = (entries: readonly DecidedRecord[]) => entries.map(({ record }) => record.delta)

it.each([
  // behaviour                                          received   end  decided, in order   taken       end of it
  ['takes nothing while nothing has moved', [0, 1, 2], 3, [], undefined, undefined],
  ['takes all that is decided', [0, 1, 2], 3, [0, 1], [0, 1], 2],
  ['holds back what was decided above a gap', [0, 1, 2], 3, [1, 2], undefined, undefined],
  ['stops at the first open record', [0, 1, 2, 3], 4, [0, 1, 3], [0, 1], 2],
  ['takes what waited when its gap is closed, in decided order', [0, 1, 2], 3, [1, 2, 0], [1, 2, 0], 3],
  ['steps over offsets that compaction removed', [0, 4], 5, [0], [0], 4],
  ['ends behind trailing markers', [0, 1], 5, [0, 1], [0, 1], 5],
  ['moves over a batch that held only markers', [], 5, [], [], 5],
] as const)('%s', (_behaviour, received, end, order, taken, takenEnd) => {
  const { decided, add } = setup(received, end)
  add(...order)
  const prefix = decided.take()
  expect([prefix && deltasOf(prefix.entries), prefix?.end]).toEqual([taken, takenEnd])
})

describe('what was taken', () => {
  it('is gone once it is stored, and the end moves then', () => {
    const { decided, add } = setup([0, 1, 2], 3)
    add(0, 1)
    decided.take()
    expect([decided.settledEnd, decided.size]).toEqual([0, 2])
    expect(deltasOf(decided.settle())).toEqual([0, 1])
    expect([decided.settledEnd, decided.size, decided.take()]).toEqual([2, 0, undefined])
    expect(decided.settle()).toEqual([])
  })

  it('is alone: nothing more is taken before it has come back', () => {
    const { decided, add } = setup([0, 1], 2)
    add(0)
    decided.take()
    add(1)
    expect([decided.take(), decided.hasPrefix]).toEqual([undefined, true])
    decided.settle()
    expect(deltasOf(decided.take()?.entries ?? [])).toEqual([1])
  })

  it('goes in front of what was decided since when it is not stored', () => {
    const { decided, add } = setup([0, 1, 2], 3)
    add(0, 1)
    decided.take()
    add(2)
    decided.restore()
    expect(deltasOf(decided.take()?.entries ?? [])).toEqual([0, 1, 2])
  })

  it('may be less than nothing was: a gap that was stored is not stored again', () => {
    const { decided } = setup([], 5)
    expect(decided.take()).toEqual({ entries: [], end: 5 })
    decided.settle()
    expect(decided.take()).toBeUndefined()
  })
})

it('a record gets other outputs in its place', () => {
  const { decided, add } = setup([0, 1, 2], 3)
  add(0, 1, 2)
  const second = decided.take()?.entries[1]
  decided.restore()
  if (second !== undefined) decided.replace(second, 'dead-lettered', [output('letter')], 99)
  const again = decided.take()?.entries ?? []
  expect(again.map(({ as, bytes }) => [as, bytes])).toEqual([
    ['processed', 10],
    ['dead-lettered', 99],
    ['processed', 10],
  ])
  expect(again[1]?.outputs).toEqual([output('letter')])
})

it('a halted record ends the prefix for good, and what can not be stored without it is forgotten', () => {
  const { decided, add } = setup([0, 1, 2, 3], 4)
  add(0, 1, 2)
  const second = decided.take()?.entries[1]
  decided.restore()
  expect(second && deltasOf(decided.halt(second))).toEqual([1, 2])
  expect([decided.end, decided.isHalted, decided.size]).toEqual([1, true, 1])
  expect(decided.take()).toMatchObject({ end: 1, entries: [{ record: { delta: 0 } }] })
  decided.settle()
  expect(decided.take()).toBeUndefined()
})

it('what is forgotten at the end is all that was not stored', () => {
  const { decided, add } = setup([0, 1, 2, 3], 4)
  add(0, 1, 3)
  decided.take()
  expect(deltasOf(decided.clear())).toEqual([0, 1, 3])
  expect([decided.size, decided.settle()]).toEqual([0, []])
})

it('goes on in a log that began anew below what was read', () => {
  const { decided, add } = setup([100, 101], 102)
  add(100)
  decided.receive(0)
  decided.receive(1)
  decided.closeBatch(2)
  add(101, 0)
  expect(decided.take()).toMatchObject({ end: 1, entries: [{}, {}, {}] })
})

// A model that looks at everything each time.
it('takes each record once, with all before it, in decided order, whatever the order', () => {
  const run = fc.record({
    gaps: fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 20 }),
    order: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
    acts: fc.array(fc.constantFrom('add', 'add', 'take', 'settle', 'restore'), { maxLength: 80 }),
  })
  fc.assert(
    fc.property(run, ({ gaps, order, acts }) => {
      let at = 0
      const received = gaps.map((gap) => (at += gap + 1) - 1)
      const end = at
      const { decided, add } = setup(received, end)
      const toDecide = received.toSorted(
        (a, b) => (order[received.indexOf(a)] ?? 0) - (order[received.indexOf(b)] ?? 0),
      )
      let done: readonly number[] = []
      let taken: readonly number[] = []
      const stored: number[] = []
      let isOut = false
      for (const act of [...acts, 'settle', ...received.map(() => 'add'), 'take', 'settle']) {
        if (act === 'add') {
          const next = toDecide.shift()
          if (next === undefined) continue
          add(next)
          done = [...done, next]
        } else if (act === 'take') {
          const prefix = decided.take()
          if (prefix === undefined) continue
          isOut = true
          const open = received.find((delta) => !done.includes(delta)) ?? end
          expect(prefix.end).toBe(open)
          taken = done.filter((delta) => delta < open && !stored.includes(delta))
          expect(deltasOf(prefix.entries)).toEqual(taken)
        } else if (isOut) {
          isOut = false
          if (act === 'settle') stored.push(...deltasOf(decided.settle()))
          else {
            decided.restore()
            done = [...taken, ...done.filter((delta) => !taken.includes(delta))] // in front of what was decided since
          }
        }
      }
      expect(stored.toSorted((a, b) => a - b)).toEqual(received)
      expect([decided.settledEnd, decided.size]).toEqual([end, 0])
    }),
  )
})

it.each([
  // behaviour                                             received     end  in order       limits          taken       end of it
  ['at most so many records', [0, 1, 2, 3], 4, [0, 1, 2, 3], { atMost: 2 }, [0, 1], 2],
  ['over the gap behind the last of them', [0, 4, 9], 10, [0, 4, 9], { atMost: 1 }, [0], 4],
  ['all, where the limit is not reached', [0, 1], 5, [0, 1], { atMost: 2 }, [0, 1], 5],
  ['nothing of a record that is held back, and of what follows', [0, 1, 2, 3], 4, [0, 1, 2, 3], { held: 2 }, [0, 1], 2],
  ['nothing behind a first record that is held back', [0, 1, 2], 3, [0, 1], { held: 0 }, undefined, undefined],
  ['the lower of both limits', [0, 1, 2, 3], 4, [0, 1, 2, 3], { atMost: 3, held: 1 }, [0], 1],
  [
    'all that was decided in another order than that of its offsets',
    [0, 1, 2],
    3,
    [1, 2, 0],
    { atMost: 1 },
    [1, 2, 0],
    3,
  ],
] as const)('takes %s', (_behaviour, received, end, order, limits, taken, takenEnd) => {
  const { decided } = setup(received, end)
  const records = order.map((delta) => receivedRecord(delta))
  for (const record of records) decided.add(record, 'processed', [], 10)
  const { held, ...atMost } = { held: undefined, ...limits }
  const before = records.find(({ delta }) => delta === held)

  const ready = decided.ready(before)
  const prefix = decided.take({ ...atMost, before })

  expect([prefix && deltasOf(prefix.entries), prefix?.end]).toEqual([taken, takenEnd])
  expect(ready).toBeGreaterThanOrEqual(prefix?.entries.length ?? 0)
})

it('goes on with the rest when the first part is stored', () => {
  const { decided, add } = setup([0, 1, 2], 3)
  add(0, 1, 2)
  decided.take({ atMost: 2 })
  decided.settle()
  expect([decided.settledEnd, decided.ready(), deltasOf(decided.take()?.entries ?? [])]).toEqual([2, 1, [2]])
})
