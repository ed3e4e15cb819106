import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { AbortedTransaction } from './aborted-filter.js'
import { decodePartition } from './decode-partition.js'
import { encodeRecordBatch } from './encode-record-batch.js'
import {
  at,
  fetched,
  forge,
  forgeRecords,
  marker,
  record,
  transactional,
  values,
} from './test-support/wire-fixtures.js'
import { WireFault } from './wire-fault.js'

const LIMITS = { maxInflatedBytes: 4_000, maxRecords: 50, maxHeaders: 20 }
const anyCodec = fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd')
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array))
const anyBatch = fc
  .tuple(
    fc.array(fc.record({ key: fc.option(bytes), value: fc.option(bytes), headers: fc.array(fc.tuple(bytes, bytes)) }), {
      minLength: 1,
      maxLength: 8,
    }),
    anyCodec,
    fc.constantFrom(1, 40),
  )
  .map(([records, compression, times]) =>
    // Repeats, so that there is something to compress, and something that inflates beyond the limit.
    encodeRecordBatch(
      Array.from({ length: times }, () => records).flatMap((each) => each.map((one) => ({ ...one, timestamp: 7 }))),
      { compression },
    ),
  )

describe('decodePartition, whatever the bytes are', () => {
  const damage = fc.record({
    changes: fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
      maxLength: 4,
    }),
    keep: fc.double({ min: 0.2, max: 1, noNaN: true }),
    isCrcRight: fc.boolean(),
    from: fc.bigInt({ min: 0n, max: 20n }),
  })

  it('faults are all it has to say; it ends, keeps to its limits, and leaves the bytes as they were', () => {
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow')
    try {
      fc.assert(
        fc.property(
          fc.array(anyBatch, { minLength: 1, maxLength: 3 }),
          damage,
          (batches, { changes, keep, ...how }) => {
            const last = batches.at(-1) ?? Buffer.alloc(0)
            const change = (target: Buffer): void => {
              for (const [where, value] of changes) target[Math.floor(where * target.length)] = value
            }
            const broken = how.isCrcRight ? forge(last, change) : Buffer.from(last)
            if (!how.isCrcRight) change(broken)
            const log = Buffer.concat([...batches.slice(0, -1), broken])
            const cut = log.subarray(0, Math.ceil(log.length * keep))
            const before = Buffer.from(cut)

            const first = decodePartition(fetched([cut]), how.from, LIMITS)
            if (first.fault !== undefined) expect(first.fault).toBeInstanceOf(WireFault)
            expect(first.nextOffset >= how.from).toBe(true)
            expect(first.records.length).toBeLessThan(2 * LIMITS.maxRecords)
            const contents = (): unknown => first.records.map(({ key, value, headers }) => [key, value, headers])
            const seen = contents()
            expect(decodePartition(fetched([cut]), how.from, LIMITS)).toEqual(first)
            expect(contents()).toEqual(seen)
            expect(cut.equals(before)).toBe(true)
          },
        ),
        { numRuns: 2_000 },
      )
      for (const [size] of allocate.mock.calls) expect(size).toBeLessThanOrEqual(LIMITS.maxInflatedBytes)
    } finally {
      allocate.mockRestore()
    }
  })

  it('random bytes are a fault or nothing, alone or as the records of a sound batch of any codec', () => {
    const attributes = fc.nat(7)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(30), attributes, (random, count, codec) => {
        const batch = forgeRecords(Buffer.from(random), { count, lastOffsetDelta: 1_000, attributes: codec })
        for (const log of [Buffer.from(random), batch]) {
          const { records, fault } = decodePartition(fetched([log]), 0n, LIMITS)
          expect(records.length === 0 || fault === undefined).toBe(true)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('decodePartition, whatever transactions did', () => {
  const PRODUCERS = 4
  type Step = { readonly producer: number; readonly kind: 'write' | 'commit' | 'abort' | 'plain' | 'compacted' }
  const step: fc.Arbitrary<Step> = fc.record({
    producer: fc.nat(PRODUCERS - 1),
    kind: fc.constantFrom('write', 'write', 'write', 'commit', 'abort', 'plain', 'compacted'),
  })

  it('shows what a reader of committed records may see, from every offset, as one that knows all would', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.boolean(), (steps, isZeroKey) => {
        const { log, visible, aborted, end } = write(steps, isZeroKey ? Buffer.alloc(4) : null)
        for (let from = 0n; from <= end; from += 1n) {
          // A broker answers from the batch that holds the offset, and lists what was aborted from there on, by marker.
          const answer = log.filter(({ last }) => last >= from).map(({ batch }) => batch)
          const abortedTransactions = aborted.filter(({ markerOffset }) => markerOffset >= from)
          const { records, nextOffset, baseOffset, fault } = decodePartition(
            fetched(answer, { abortedTransactions }),
            from,
          )
          expect(fault).toBeUndefined()
          expect(nextOffset).toBe(end)
          const expected = visible.filter(({ offset }) => offset >= from)
          expect(values(records)).toEqual(expected.map(({ value }) => value))
          expect(records.map(({ offsetDelta }) => baseOffset + BigInt(offsetDelta))).toEqual(
            expected.map(({ offset }) => offset),
          )
        }
      }),
      { numRuns: 300 },
    )
  })

  /** The log that the steps make, transactions left open being aborted at the end. */
  function write(steps: readonly Step[], key: Buffer | null) {
    const log: { batch: Buffer; last: bigint }[] = []
    const written: { offset: bigint; value: string; transaction: number | undefined }[] = []
    const open = new Map<number, { id: number; firstOffset: bigint }>()
    const abortedIds = new Set<number>()
    const aborted: (AbortedTransaction & { readonly markerOffset: bigint })[] = []
    let next = 0n
    const append = (batch: Buffer): void => {
      const last = next + BigInt(batch.readInt32BE(23))
      log.push({ batch, last })
      next = last + 1n
    }
    const endTransaction = (producer: number, outcome: 'commit' | 'abort'): void => {
      const transaction = open.get(producer)
      if (transaction === undefined) return
      open.delete(producer)
      if (outcome === 'abort') {
        abortedIds.add(transaction.id)
        aborted.push({ producerId: BigInt(producer), firstOffset: transaction.firstOffset, markerOffset: next })
      }
      append(marker(next, BigInt(producer), outcome))
    }
    for (const [id, { producer, kind }] of steps.entries()) {
      if (kind === 'commit' || kind === 'abort') endTransaction(producer, kind)
      else if (kind === 'compacted') append(at(next, forgeRecords(Buffer.alloc(0), { count: 0, lastOffsetDelta: 3 })))
      else {
        const isPlain = kind === 'plain'
        const transaction = open.get(producer) ?? { id, firstOffset: next }
        if (!isPlain) open.set(producer, transaction)
        const texts = [`${id}a`, `${id}b`]
        for (const [index, value] of texts.entries()) {
          written.push({ offset: next + BigInt(index), value, transaction: isPlain ? undefined : transaction.id })
        }
        const records = texts.map((value) => record(value, { key }))
        append(isPlain ? at(next, encodeRecordBatch(records)) : transactional(next, BigInt(producer), ...records))
      }
    }
    for (const producer of [...open.keys()]) endTransaction(producer, 'abort')
    const visible = written.filter(({ transaction }) => transaction === undefined || !abortedIds.has(transaction))
    return { log, visible, aborted, end: next }
  }
})
