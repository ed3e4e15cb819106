import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { defaultDecodeLimits } from './decode-limits.js'
import { decodePartition } from './decode-partition.js'
import { encodeRecordBatch } from './encode-record-batch.js'
import {
  asProducer,
  at,
  fetched,
  forge,
  forgeRecords,
  marker,
  record,
  transactional,
  values,
} from './test-support/wire-fixtures.js'

const plain = (offset: bigint, ...texts: string[]): Buffer =>
  at(offset, encodeRecordBatch(texts.map((text) => record(text))))

describe('decodePartition', () => {
  it('counts offsets from its base, beyond 2^53 too', () => {
    const start = 2n ** 53n + 1n
    const { baseOffset, records, nextOffset } = decodePartition(
      fetched([plain(start, 'a', 'b'), plain(start + 2n, 'c')]),
      start,
    )
    expect(records.map(({ offsetDelta }) => baseOffset + BigInt(offsetDelta))).toEqual([start, start + 1n, start + 2n])
    expect(nextOffset).toBe(start + 3n)
  })

  it('leaves out what stands before the fetch offset in the first batch', () => {
    const { baseOffset, records, nextOffset } = decodePartition(fetched([plain(10n, 'a', 'b', 'c')]), 11n)
    expect(values(records)).toEqual(['b', 'c'])
    expect(records.map(({ offsetDelta }) => baseOffset + BigInt(offsetDelta))).toEqual([11n, 12n])
    expect(nextOffset).toBe(13n)
  })

  it('steps over a batch that lies before the fetch offset as a whole', () => {
    expect(decodePartition(fetched([plain(0n, 'a'), plain(1n, 'b')]), 1n)).toMatchObject({
      records: [{}],
      nextOffset: 2n,
    })
  })

  it('never goes back: an answer that lies before the fetch offset changes nothing', () => {
    expect(decodePartition(fetched([plain(0n, 'a')]), 5n)).toMatchObject({ records: [], nextOffset: 5n })
    const { records, nextOffset } = decodePartition(
      fetched([plain(0n, 'a', 'b', 'c'), plain(1n, 'old', 'old', 'd')]),
      0n,
    )
    expect({ values: values(records), nextOffset }).toEqual({ values: ['a', 'b', 'c', 'd'], nextOffset: 4n })
  })

  it('steps over offsets that compaction removed, inside, between and at the end of batches', () => {
    const emptied = at(20n, forgeRecords(Buffer.alloc(0), { count: 0, lastOffsetDelta: 9 }))
    const emptiedGzip = at(30n, forgeRecords(Buffer.alloc(0), { count: 0, lastOffsetDelta: 4, attributes: 1 }))
    const tail = at(2n, forgeRecords(Buffer.from([12, 0, 0, 4, 1, 1, 0]), { lastOffsetDelta: 3 }))
    const compacted = decodePartition(fetched([plain(0n, 'a'), tail]), 0n)
    expect(compacted.records.map(({ offsetDelta }) => offsetDelta)).toEqual([0, 4])
    expect(compacted.nextOffset).toBe(6n)
    expect(decodePartition(fetched([emptied, emptiedGzip]), 20n)).toMatchObject({ records: [], nextOffset: 35n })
  })

  it('stays where it is when there is nothing', () => {
    const nothing = { records: [], nextOffset: 7n, endOffset: 900n }
    expect(decodePartition(fetched([]), 7n)).toMatchObject(nothing)
    expect(decodePartition(fetched([], { records: null }), 7n)).toMatchObject(nothing)
  })

  it('ends at the last stable offset, or at the high watermark where there is none', () => {
    expect(decodePartition(fetched([]), 0n).endOffset).toBe(900n)
    expect(decodePartition(fetched([], { lastStableOffset: -1n }), 0n).endOffset).toBe(1_000n)
  })

  it('ignores a last batch that was cut anywhere', () => {
    const second = plain(1n, 'b')
    for (let length = 1; length < second.length; length += 1) {
      const { records, nextOffset, fault } = decodePartition(fetched([plain(0n, 'a'), second.subarray(0, length)]), 0n)
      expect({ values: values(records), nextOffset, fault }).toEqual({
        values: ['a'],
        nextOffset: 1n,
        fault: undefined,
      })
    }
  })

  it('reports a first batch that was cut, since asking again would change nothing', () => {
    expect(decodePartition(fetched([plain(0n, 'a').subarray(0, 30)]), 0n).fault?.kind).toBe('corrupt')
    expect(decodePartition(fetched([plain(0n, 'a').subarray(0, 5)]), 0n).fault?.kind).toBe('corrupt')
  })

  it.each([
    ['a bad checksum', 'checksum', Buffer.from(plain(5n, 'b')).fill(0xff, 68)],
    ['an unknown codec', 'unsupported-codec', forge(plain(5n, 'b'), (bytes) => bytes.writeInt16BE(5, 21))],
    ['magic 1', 'unsupported-format', Buffer.from(plain(5n, 'b')).fill(1, 16, 17)],
    ['a record that lies', 'corrupt', forge(plain(5n, 'b', 'c'), (bytes) => bytes.writeInt32BE(1, 57))],
  ])('keeps the records before a batch with %s and stops in front of it', (_what, kind, bad) => {
    const { records, nextOffset, fault } = decodePartition(fetched([plain(3n, 'x', 'a'), bad, plain(7n, 'd')]), 3n)
    expect(values(records)).toEqual(['x', 'a'])
    expect(nextOffset).toBe(5n)
    expect(fault?.kind).toBe(kind)
  })

  it('stamps records with the time of the log where the topic says so', () => {
    const stamped = forge(plain(0n, 'a', 'b'), (bytes) => {
      bytes.writeInt16BE(8, 21)
      bytes.writeBigInt64BE(4_711n, 35)
    })
    expect(decodePartition(fetched([stamped]), 0n).records.map(({ timestamp }) => timestamp)).toEqual([4_711, 4_711])
  })

  it('takes 200,000 records in one batch', () => {
    const many = Array.from({ length: 200_000 }, () => record('x'))
    const { records, nextOffset } = decodePartition(fetched([encodeRecordBatch(many, { compression: 'gzip' })]), 0n)
    expect(records).toHaveLength(200_000)
    expect(nextOffset).toBe(200_000n)
  })

  it('cuts an answer after the batch that reached a limit', () => {
    const packed = (offset: bigint) =>
      at(offset, encodeRecordBatch([record('0'.repeat(1_000))], { compression: 'gzip' }))
    const log = fetched([packed(0n), packed(1n), packed(2n)])
    expect(decodePartition(log, 0n, { ...defaultDecodeLimits, maxInflatedBytes: 1_500 }).nextOffset).toBe(2n)
    expect(decodePartition(log, 0n, { ...defaultDecodeLimits, maxRecords: 1 }).nextOffset).toBe(1n)
  })

  it('cuts all partitions of an answer where they have inflated too much together, and none that inflates nothing', () => {
    const packed = (offset: bigint) =>
      at(offset, encodeRecordBatch([record('0'.repeat(1_000))], { compression: 'gzip' }))
    const limits = { ...defaultDecodeLimits, maxInflatedBytes: 1_500 }
    const inflation = { bytes: 0 }
    const next = (...log: readonly Buffer[]): bigint =>
      decodePartition(fetched(log, { inflation }), 0n, limits).nextOffset
    expect(next(packed(0n))).toBe(1n)
    expect(next(packed(0n), packed(1n), plain(2n, 'a'))).toBe(1n)
    expect(next(packed(0n))).toBe(0n)
    expect(next(plain(0n, 'a'), plain(1n, 'b'), packed(2n), plain(3n, 'c'))).toBe(2n)
    inflation.bytes = 0
    expect(next(packed(0n))).toBe(1n)
  })

  it('counts what a batch has inflated that turned out to be corrupt', () => {
    const inflation = { bytes: 0 }
    const section = gzipSync(Buffer.alloc(5_000))
    const bad = forgeRecords(section, { attributes: 1 })
    expect(decodePartition(fetched([bad], { inflation }), 0n).fault?.kind).toBe('corrupt')
    expect(inflation.bytes).toBe(5_000)
  })

  it('cuts an answer before offset distances leave 31 bits', () => {
    const far = 2n ** 31n + 5n
    const { records, nextOffset } = decodePartition(fetched([plain(0n, 'a'), plain(far, 'b')]), 0n)
    expect({ values: values(records), nextOffset }).toEqual({ values: ['a'], nextOffset: 1n })
    const second = decodePartition(fetched([plain(far, 'b')]), nextOffset)
    expect(second).toMatchObject({ baseOffset: far, nextOffset: far + 1n })
    expect(second.records[0]?.offsetDelta).toBe(0)
  })
})

describe('aborted transactions', () => {
  const seen = (batches: Buffer[], aborted: [bigint, bigint][], from = 0n) => {
    const abortedTransactions = aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset }))
    const { records, nextOffset, fault } = decodePartition(fetched(batches, { abortedTransactions }), from)
    return { values: values(records), nextOffset, fault }
  }

  it('leak nothing when two overlap and are listed in the order of their markers', () => {
    // B begins first and aborts last.
    const log = [
      transactional(0n, 2n, record('b0')),
      transactional(1n, 1n, record('a1')),
      transactional(2n, 2n, record('b2')),
      marker(3n, 1n),
      transactional(4n, 2n, record('b4')),
      marker(5n, 2n),
      plain(6n, 'kept'),
    ]
    expect(
      seen(log, [
        [1n, 1n],
        [2n, 0n],
      ]),
    ).toEqual({ values: ['kept'], nextOffset: 7n, fault: undefined })
  })

  it('leak nothing when five are aborted in reverse', () => {
    const producers = [1n, 2n, 3n, 4n, 5n]
    const log = [
      ...producers.map((id, index) =>
        transactional(BigInt(index * 4), id, ...'wxyz'.split('').map((text) => record(text))),
      ),
      ...producers.toReversed().map((id, index) => marker(BigInt(20 + index), id)),
      plain(25n, 'kept'),
    ]
    const listed = producers.toReversed().map((id): [bigint, bigint] => [id, (id - 1n) * 4n])
    expect(seen(log, listed)).toEqual({ values: ['kept'], nextOffset: 26n, fault: undefined })
  })

  it('are not ended by a record whose key looks like an abort marker', () => {
    const key = Buffer.alloc(4)
    const log = [
      transactional(0n, 1n, record('a'), record('b', { key }), record('c')),
      transactional(3n, 1n, record('d')),
      marker(4n, 1n),
    ]
    expect(seen(log, [[1n, 0n]])).toEqual({ values: [], nextOffset: 5n, fault: undefined })
  })

  it('hide nothing of a committed transaction with such a key', () => {
    const log = [transactional(0n, 1n, record('a', { key: Buffer.alloc(4) })), marker(1n, 1n, 'commit')]
    expect(seen(log, [])).toMatchObject({ values: ['a'], nextOffset: 2n })
  })

  it('stay hidden when the fetch starts inside two open ones', () => {
    const log = [
      transactional(2n, 2n, record('b')),
      transactional(3n, 1n, record('a')),
      marker(4n, 2n),
      transactional(5n, 2n, record('committed')),
      marker(6n, 1n),
      marker(7n, 2n, 'commit'),
    ]
    expect(
      seen(
        log,
        [
          [2n, 1n],
          [1n, 0n],
        ],
        2n,
      ),
    ).toMatchObject({ values: ['committed'], nextOffset: 8n })
  })

  it('of one producer are told apart from its committed ones', () => {
    const log = [
      transactional(0n, 1n, record('aborted')),
      marker(1n, 1n),
      transactional(2n, 1n, record('committed')),
      marker(3n, 1n, 'commit'),
      transactional(4n, 1n, record('aborted again')),
      marker(5n, 1n),
    ]
    expect(
      seen(log, [
        [1n, 0n],
        [1n, 4n],
      ]),
    ).toMatchObject({ values: ['committed'], nextOffset: 6n })
  })

  it('do not hide what the same producer writes outside a transaction, nor other producers', () => {
    const log = [
      transactional(0n, 1n, record('aborted')),
      at(1n, encodeRecordBatch([record('plain')], asProducer(1n))),
      transactional(2n, 9n, record('other')),
      marker(3n, 1n),
    ]
    expect(seen(log, [[1n, 0n]])).toMatchObject({ values: ['plain', 'other'], nextOffset: 4n })
  })

  it('that ended in batches before the position hide nothing behind it', () => {
    const log = [
      transactional(0n, 1n, record('aborted')),
      marker(1n, 1n),
      transactional(2n, 1n, record('committed')),
      marker(3n, 1n, 'commit'),
    ]
    expect(seen(log, [[1n, 0n]], 2n)).toMatchObject({ values: ['committed'], nextOffset: 4n })
  })

  it('are ended by an abort marker only', () => {
    const log = [
      transactional(0n, 1n, record('a')),
      marker(1n, 1n, 'commit'),
      transactional(2n, 1n, record('b')),
      marker(3n, 1n),
    ]
    expect(seen(log, [[1n, 0n]])).toMatchObject({ values: [], nextOffset: 4n })
  })

  it('move on when they and markers are all there is', () => {
    expect(seen([marker(0n, 1n, 'commit'), marker(1n, 2n)], [])).toEqual({
      values: [],
      nextOffset: 2n,
      fault: undefined,
    })
  })
})
