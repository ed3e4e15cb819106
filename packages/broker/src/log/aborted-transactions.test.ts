import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AbortedTransactions } from './aborted-transactions.js'
import { readAll, setupLog } from './test-support/setup-log.js'

const [A, B] = [1n, 2n]

/** Begun B, A; aborted A (marker at 4), B (marker at 5). */
function interleaved() {
  const setup = setupLog()
  const { append, end } = setup
  append({ producerId: B, transactional: true })
  append({ producerId: A, transactional: true, records: [{}, {}] })
  append()
  end(A, false)
  end(B, false)
  return setup
}

const listed = (log: Parameters<typeof readAll>[0], from: bigint) =>
  readAll(log, from, true).abortedTransactions?.map(({ producerId, firstOffset }) => [producerId, firstOffset])

describe('the list of aborted transactions', () => {
  it('stands in the order of markers, not of first offsets', () => {
    expect(listed(interleaved().log, 0n)).toEqual([
      [A, 1n],
      [B, 0n],
    ])
  })

  it('names a producer again for its next aborted transaction', () => {
    const { log, append, end } = interleaved()
    append({ records: [{}, {}] })
    append({ producerId: A, baseSequence: 2, transactional: true })
    end(A, false)
    expect(listed(log, 0n)).toEqual([
      [A, 1n],
      [B, 0n],
      [A, 8n],
    ])
  })

  it.each([
    [
      'still names a transaction at its marker',
      4n,
      [
        [A, 1n],
        [B, 0n],
      ],
    ],
    ['names it no more behind its marker', 5n, [[B, 0n]]],
  ])('%s', (_behaviour, from, expected) => {
    expect(listed(interleaved().log, from)).toEqual(expected)
  })

  it('names neither committed nor open transactions', () => {
    const { log, append, end } = setupLog()
    append({ producerId: A, transactional: true })
    end(A, true)
    append({ producerId: B, transactional: true })
    expect(listed(log, 0n)).toEqual([])
  })

  it('does not name a transaction that wrote nothing here', () => {
    const { log, end } = setupLog()
    end(A, false)
    expect(listed(log, 0n)).toEqual([])
  })

  it('is not there for a reader of everything', () => {
    expect(readAll(interleaved().log, 0n).abortedTransactions).toBeNull()
  })

  it('forgets what nobody can read any more', () => {
    const { log } = interleaved()
    log.deleteRecords(5n)
    expect(listed(log, 5n)).toEqual([[B, 0n]])
  })

  it('does not look at what began behind the part that is read', () => {
    let looks = 0
    const index = new AbortedTransactions()
    for (let offset = 0n; offset < 1000n; offset += 2n) {
      const producerId = offset
      const firstOffset = offset
      const entry = { producerId, firstOffset, lastOffset: offset + 1n, stableOffset: offset + 2n }
      index.add(Object.defineProperty(entry, 'firstOffset', { get: () => ((looks += 1), firstOffset) }))
    }
    expect(index.between(100n, 104n).map(({ firstOffset }) => firstOffset)).toEqual([100n, 102n])
    expect(looks).toBe(2)
  })

  it('names, for any part of any history, at least what hides records of that part, in the order of markers', () => {
    const history = fc.array(fc.record({ producer: fc.integer({ min: 1, max: 4 }), ends: fc.boolean() }), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(history, fc.nat(45), fc.nat(45), (steps, one, other) => {
        const open = new Map<number, bigint>()
        const all: { producerId: bigint; firstOffset: bigint; lastOffset: bigint }[] = []
        const index = new AbortedTransactions()
        let offset = 0n
        for (const { producer, ends } of steps) {
          const firstOffset = open.get(producer)
          if (!ends) {
            if (firstOffset === undefined) open.set(producer, offset)
          } else if (firstOffset !== undefined) {
            open.delete(producer)
            const stableOffset = [...open.values()].reduce((low, each) => (each < low ? each : low), offset + 1n)
            const entry = { producerId: BigInt(producer), firstOffset, lastOffset: offset }
            all.push(entry)
            index.add({ ...entry, stableOffset })
          }
          offset += 1n
        }
        const [from, to] = [BigInt(Math.min(one, other)), BigInt(Math.max(one, other))]
        const stable = [...open.values()].reduce((low, each) => (each < low ? each : low), offset)
        const upTo = to < stable ? to : stable
        const needed = all.filter((each) => each.lastOffset >= from && each.firstOffset < upTo)
        const found = index.between(from, upTo)
        expect(found).toEqual(needed.map(({ producerId, firstOffset }) => ({ producerId, firstOffset })))
      }),
    )
  })
})
