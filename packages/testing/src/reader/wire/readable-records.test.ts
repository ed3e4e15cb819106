import { encodeMarker } from '@millrace/broker/records'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBatch } from './encode-batch.js'
import { readableRecords } from './readable-records.js'

/** What a log gets: a record of a producer, inside of its transaction or plain, or the end of its transaction. */
type Step = readonly [producer: number, what: 'record' | 'commit' | 'abort']

interface Log {
  readonly bytes: Buffer
  readonly aborted: { readonly producerId: bigint; readonly firstOffset: bigint }[]
  /** Offsets that a committed reader may see. */
  readonly committed: bigint[]
}

const plain = -1

/** A log of steps, one batch each, with what its transactions came to; what is open at the end is aborted. */
function logOf(steps: readonly Step[]): Log {
  const open = new Map<number, bigint[]>()
  const parts: Buffer[] = []
  const log = { aborted: [] as Log['aborted'], committed: [] as bigint[] }
  const add = (bytes: Buffer): bigint => {
    const offset = BigInt(parts.length)
    bytes.writeBigInt64BE(offset, 0)
    parts.push(bytes)
    return offset
  }
  const end = (producer: number, committed: boolean): void => {
    const offsets = open.get(producer)
    if (offsets === undefined) return
    open.delete(producer)
    const [firstOffset = 0n] = offsets
    if (committed) log.committed.push(...offsets)
    else log.aborted.push({ producerId: BigInt(producer), firstOffset })
    add(encodeMarker({ producerId: BigInt(producer), producerEpoch: 0, committed, coordinatorEpoch: 0, now: 5 }))
  }
  for (const [producer, what] of steps) {
    if (what !== 'record') {
      end(producer, what === 'commit')
      continue
    }
    const isTransactional = producer !== plain
    const identity = { producerId: BigInt(producer), producerEpoch: isTransactional ? 0 : -1, baseSequence: -1 }
    const record = { timestamp: 1n, key: null, value: Buffer.from('v'), headers: [] }
    const offset = add(encodeBatch([record], { producer: identity, codec: 'none', isTransactional }))
    if (isTransactional) open.set(producer, [...(open.get(producer) ?? []), offset])
    else log.committed.push(offset)
  }
  for (const producer of [...open.keys()]) end(producer, false)
  return { ...log, bytes: Buffer.concat(parts) }
}

const step = fc.tuple(
  fc.constantFrom(plain, 1, 2, 3),
  fc.constantFrom<'record' | 'commit' | 'abort'>('record', 'record', 'record', 'commit', 'abort'),
)

describe('readable records', () => {
  test('are those of committed transactions and of none, in whatever order the list of aborted ones is', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (steps, noise) => {
        const { bytes, aborted, committed } = logOf(steps)
        const shuffled = aborted
          .map((one) => ({ one, at: noise.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ one }) => one)
        const { records } = readableRecords({ records: bytes, abortedTransactions: shuffled })
        expect(records.map(({ offset }) => offset)).toEqual(committed.toSorted((a, b) => Number(a - b)))
      }),
    )
  })

  test('are all but the markers where nothing is held back', () => {
    const { bytes } = logOf([
      [1, 'record'],
      [1, 'abort'],
      [plain, 'record'],
    ])
    const { records, nextOffset } = readableRecords({ records: bytes, abortedTransactions: null })
    expect([records.map(({ offset }) => offset), nextOffset]).toEqual([[0n, 2n], 3n])
  })

  test('of an answer that is cut end with its last whole batch', () => {
    const { bytes } = logOf([
      [plain, 'record'],
      [plain, 'record'],
    ])
    const cut = bytes.subarray(0, bytes.length - 1)
    expect(readableRecords({ records: cut, abortedTransactions: null }).nextOffset).toBe(1n)
    expect(readableRecords({ records: bytes.subarray(0, 5), abortedTransactions: null })).toEqual({
      records: [],
      nextOffset: undefined,
    })
    expect(readableRecords({ records: null, abortedTransactions: null }).records).toEqual([])
  })

  test('of bytes that changed are none', () => {
    const { bytes } = logOf([[plain, 'record']])
    bytes[bytes.length - 1] = 0xff
    expect(() => readableRecords({ records: bytes, abortedTransactions: null })).toThrow('CRC')
  })
})
