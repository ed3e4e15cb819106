import { describe, expect, it } from 'vitest'
import type { PartitionLog } from './partition-log.js'
import { batchField, hasLogAppendTime, hasValidCrc, readBatchHeader } from './record-batch.js'
import { batchOfSize, buildBatch } from './test-support/build-batch.js'
import { readAll, setupLog } from './test-support/setup-log.js'

const [A, B] = [1n, 2n]
const open = (producerId: bigint, baseSequence = 0) => ({ producerId, baseSequence, transactional: true })
const read = (log: PartitionLog, offset: bigint, maxBytes: number, wholeFirstBatch = true, readCommitted = false) =>
  log.read({ offset, maxBytes, wholeFirstBatch, readCommitted })

describe('appending', () => {
  it('keeps a batch byte for byte, but for its base offset and the leader epoch', () => {
    const { log, append } = setupLog()
    append({ records: [{}, {}] })
    log.leaderEpoch = 4
    const sent = buildBatch({ records: [{ key: 'k', headers: [['h', 'v']] }], codec: 'gzip' })
    const result = append(Buffer.from(sent))
    expect(result).toEqual({
      errorCode: 0,
      baseOffset: 2n,
      logAppendTime: -1n,
      logStartOffset: 0n,
      recordErrors: [],
      errorMessage: null,
    })
    const kept = readAll(log, 2n).records
    expect(readBatchHeader(kept)).toMatchObject({ baseOffset: 2n, leaderEpoch: 4 })
    sent.writeBigInt64BE(2n, batchField.baseOffset)
    sent.writeInt32BE(4, batchField.leaderEpoch)
    expect(kept.equals(sent)).toBe(true)
  })

  it('sets the time on a topic that says so: maximum and attribute, with a new CRC, and nothing else', () => {
    const { log, append } = setupLog({ config: { timestampType: 'LogAppendTime' } })
    const sent = buildBatch({ records: [{ timestamp: 50 }, { timestamp: 60 }] })
    expect(append(Buffer.from(sent), 7000).logAppendTime).toBe(7000n)
    const kept = readAll(log).records
    const header = readBatchHeader(kept)
    expect(header).toMatchObject({ baseTimestamp: 50n, maxTimestamp: 7000n })
    expect([hasLogAppendTime(header), hasValidCrc(kept, 0, kept.length)]).toEqual([true, true])
    expect(kept.subarray(batchField.producerId).equals(sent.subarray(batchField.producerId))).toBe(true)
  })

  it('corrects a maximum that the records do not have', () => {
    const { log, append } = setupLog()
    append({ records: [{ timestamp: 50 }, { timestamp: 60 }], maxTimestamp: 1 })
    const kept = readAll(log).records
    expect(readBatchHeader(kept).maxTimestamp).toBe(60n)
    expect(hasValidCrc(kept, 0, kept.length)).toBe(true)
  })

  it('keeps the time of the producer where it claims one of the log', () => {
    const { log, append } = setupLog()
    append({ records: [{ timestamp: 50 }], attributes: 0x08, maxTimestamp: 70 })
    const kept = readAll(log).records
    const header = readBatchHeader(kept)
    expect([hasLogAppendTime(header), header.maxTimestamp]).toEqual([false, 70n])
    expect(hasValidCrc(kept, 0, kept.length)).toBe(true)
  })

  it('reads the configs of its topic for each batch', () => {
    const { append, config } = setupLog()
    const batch = batchOfSize(200)
    expect(append(batch).errorCode).toBe(0)
    config.maxMessageBytes = 199
    expect(append(batch).errorCode).toBe(10)
  })

  it('answers a repeated batch with its first offset and its time, and does not write it', () => {
    const { log, append } = setupLog()
    append()
    append({ producerId: A, records: [{ timestamp: 5 }, { timestamp: 9 }] })
    append({ producerId: A, baseSequence: 2 })
    const again = append({ producerId: A, records: [{ timestamp: 5 }, { timestamp: 9 }] })
    expect(again).toMatchObject({ errorCode: 0, baseOffset: 1n, logAppendTime: 9n })
    expect(log.endOffset).toBe(4n)
  })

  it('does not check sequences of batches without a producer id', () => {
    const { append } = setupLog()
    expect(append({ baseSequence: 5 }).errorCode).toBe(0)
    expect(append({ baseSequence: 3 }).errorCode).toBe(0)
  })

  it('remembers producers apart', () => {
    const { append } = setupLog()
    append({ producerId: A })
    expect(append({ producerId: B, baseSequence: 9 }).errorCode).toBe(0)
    expect(append({ producerId: A, baseSequence: 9 })).toMatchObject({
      errorCode: 45,
      baseOffset: -1n,
      logStartOffset: 0n,
    })
  })

  it('refuses a plain batch of a producer whose transaction is open here', () => {
    const { append, end } = setupLog()
    append(open(A))
    expect(append({ producerId: A, baseSequence: 1 }).errorCode).toBe(48)
    expect(append({ producerId: B }).errorCode).toBe(0)
    end(A, true)
    expect(append({ producerId: A, baseSequence: 1 }).errorCode).toBe(0)
  })

  it('goes on with sequences after a transaction of the same epoch, and fences the epoch before a newer marker', () => {
    const { append, end } = setupLog()
    append(open(A))
    end(A, true)
    expect(append(open(A, 1)).errorCode).toBe(0)
    end(A, false, { producerEpoch: 1 })
    expect(append(open(A, 2)).errorCode).toBe(47)
    expect(append({ ...open(A, 2), producerEpoch: 1 }).errorCode).toBe(45)
    expect(append({ ...open(A, 0), producerEpoch: 1 }).errorCode).toBe(0)
  })

  it('lets a transaction begin here with no higher sequence than the lowest it tried, until its marker', () => {
    const { append, end } = setupLog()
    append(open(A))
    end(A, true)
    expect(append(open(A, 0))).toMatchObject({ errorCode: 0, baseOffset: 0n })
    expect(append(open(A, 1)).errorCode).toBe(45)
    end(A, true)
    expect(append(open(A, 3)).errorCode).toBe(45)
    expect(append(open(A, 1)).errorCode).toBe(0)
    expect(append(open(A, 2)).errorCode).toBe(0)
  })

  it('refuses what the broker has no room for, and changes nothing by it', () => {
    const { log, append, events } = setupLog({ limitBytes: 50_000 })
    expect(append(batchOfSize(40_000)).errorCode).toBe(0)
    events.length = 0
    expect(append(batchOfSize(40_000, { producerId: A }))).toMatchObject({
      errorCode: 56,
      baseOffset: -1n,
      errorMessage: expect.stringContaining('memory limit'),
    })
    expect([log.endOffset, events]).toEqual([1n, []])
    log.deleteRecords(1n)
    expect(append(batchOfSize(40_000, { producerId: A })).errorCode).toBe(0)
  })

  it('tells where records went', () => {
    const { append, events } = setupLog({ topic: 'orders', partition: 3 })
    append({ records: [{}, {}] })
    append({ records: [{}, {}, {}] })
    expect(events.at(-1)).toEqual({
      kind: 'records.appended',
      topic: 'orders',
      partition: 3,
      baseOffset: 2n,
      endOffset: 5n,
      records: 3,
    })
  })
})

describe('reading', () => {
  /** Three batches of 88, 90 and 100 bytes, one record each. */
  function threeBatches() {
    const setup = setupLog()
    for (const size of [88, 90, 100]) setup.append(batchOfSize(size))
    return setup.log
  }

  it.each([
    ['gives everything there is', 0n, 1000, true, 278],
    ['cuts bytes at the limit, in the middle of a batch', 0n, 150, true, 150],
    ['gives the whole first batch at a limit of 0', 0n, 0, true, 88],
    ['gives the whole first batch at a limit of 1', 1n, 1, true, 90],
    ['gives nothing where the first batch does not fit and need not come whole', 0n, 87, false, 0],
    ['gives the first batch where it just fits', 0n, 88, false, 88],
    ['gives nothing at a limit of 0 where the first batch need not come whole', 0n, 0, false, 0],
    ['gives nothing at the end', 3n, 1000, true, 0],
  ])('%s', (_behaviour, offset, maxBytes, whole, length) => {
    const result = read(threeBatches(), offset, maxBytes, whole)
    expect([result.errorCode, result.records.length]).toEqual([0, length])
    expect(result).toMatchObject({ highWatermark: 3n, lastStableOffset: 3n, logStartOffset: 0n })
  })

  it('gives the whole batch for an offset in its middle', () => {
    const { log, append } = setupLog()
    append({ records: [{}, {}, {}] })
    append()
    expect(readBatchHeader(readAll(log, 2n).records)).toMatchObject({ baseOffset: 0n, recordCount: 3 })
  })

  it.each([
    ['beyond the end', 4n],
    ['negative', -1n],
    ['below the start', 0n],
  ])('refuses an offset that is %s, without bounds', (_what, offset) => {
    const log = threeBatches()
    log.deleteRecords(1n)
    expect(readAll(log, offset)).toEqual({
      errorCode: 1,
      records: Buffer.alloc(0),
      abortedTransactions: null,
      highWatermark: -1n,
      lastStableOffset: -1n,
      logStartOffset: -1n,
    })
    expect([log.holds(offset), log.readableBytes(offset, false)]).toEqual([false, 0])
  })

  it('stops at the last stable offset for a reader of committed records', () => {
    const { log, append, end } = setupLog()
    append()
    append(open(A))
    append()
    const committed = (offset: bigint) => readAll(log, offset, true)
    expect(committed(0n)).toMatchObject({ lastStableOffset: 1n, highWatermark: 3n, abortedTransactions: [] })
    expect(committed(0n).records.length).toBe(readAll(log, 0n).records.length / 3)
    expect([committed(1n).errorCode, committed(1n).records.length]).toEqual([0, 0])
    expect([committed(2n).errorCode, committed(2n).records.length]).toEqual([0, 0])
    expect(committed(3n).errorCode).toBe(0)
    expect(committed(4n).errorCode).toBe(1)
    expect([log.readableBytes(1n, true), log.readableBytes(2n, true)]).toEqual([0, 0])
    end(A, true)
    expect(committed(1n).records.equals(readAll(log, 1n).records)).toBe(true)
    expect(log.readableBytes(1n, true)).toBe(log.readableBytes(1n, false))
  })
})

describe('the last stable offset', () => {
  it('is where the earliest open transaction wrote first, and moves by markers alone', () => {
    const { log, append, end } = setupLog()
    append()
    append(open(B))
    append(open(A))
    append(open(B, 1))
    expect(log.lastStableOffset).toBe(1n)
    expect(log.openTransactions()).toEqual([
      { producerId: B, firstOffset: 1n },
      { producerId: A, firstOffset: 2n },
    ])
    end(A, false)
    expect(log.lastStableOffset).toBe(1n)
    append(open(A, 1))
    end(B, true)
    expect(log.lastStableOffset).toBe(5n)
    end(A, true)
    expect([log.lastStableOffset, log.endOffset]).toEqual([8n, 8n])
  })

  it('is not held back by a transaction that wrote nothing here, whose marker is written all the same', () => {
    const { log, append, end } = setupLog()
    append()
    expect(end(A, true)).toBe(1n)
    expect([log.lastStableOffset, log.endOffset]).toEqual([2n, 2n])
    expect(readBatchHeader(readAll(log, 1n).records)).toMatchObject({ baseOffset: 1n, producerId: A, baseSequence: -1 })
  })

  it('is never below the start', () => {
    const { log, append } = setupLog()
    append(open(A))
    append()
    append()
    log.deleteRecords(2n)
    expect(log.lastStableOffset).toBe(2n)
  })

  it('moves also where the broker has no room', () => {
    const { log, append, end } = setupLog({ limitBytes: 60_000 })
    append(batchOfSize(50_000, open(A)))
    expect(append(batchOfSize(50_000)).errorCode).toBe(56)
    end(A, true)
    expect(log.lastStableOffset).toBe(2n)
  })

  it('is behind a marker whose time the log sets, too', () => {
    const { log, append, end } = setupLog({ config: { timestampType: 'LogAppendTime' } })
    append(open(A))
    end(A, true, { now: 8000 })
    const kept = readAll(log, 1n).records
    expect([hasLogAppendTime(readBatchHeader(kept)), hasValidCrc(kept, 0, kept.length)]).toEqual([true, true])
  })
})

describe('the start of a log', () => {
  it.each([
    ['moves up to an offset', 2n, 0, 2n],
    ['moves into a batch', 1n, 0, 1n],
    ['moves to the end', 3n, 0, 3n],
    ['moves to the end for -1', -1n, 0, 3n],
    ['stays for an offset below it', 0n, 0, 0n],
    ['stays for an offset beyond the end', 4n, 1, 0n],
    ['stays for a negative offset', -2n, 1, 0n],
  ])('%s', (_behaviour, before, code, start) => {
    const { log, append, events } = setupLog()
    append({ records: [{}, {}] })
    append()
    events.length = 0
    expect(log.deleteRecords(before)).toBe(code)
    expect([log.startOffset, log.endOffset]).toEqual([start, 3n])
    const truncated = { kind: 'log.truncated', topic: 'orders', partition: 0, startOffset: start, reason: 'deleted' }
    expect(events).toEqual(start === 0n ? [] : [truncated])
  })

  it('cannot be moved on a topic that is only compacted', () => {
    const { log, append } = setupLog({ config: { cleanupPolicy: 'compact' } })
    append({ records: [{ key: 'k' }] })
    expect(log.deleteRecords(1n)).toBe(44)
  })

  it('moves by a fault up to the end at most', () => {
    const { log, append, events } = setupLog()
    append()
    log.truncateHead(50n)
    expect(log.startOffset).toBe(1n)
    expect(events.at(-1)).toMatchObject({ kind: 'log.truncated', reason: 'fault' })
  })
})

describe('whoever waits for a log', () => {
  it('is told of an append, a marker, a moved start and the end, each time once, until it stops listening', () => {
    const { log, append, end } = setupLog()
    let told = 0
    const stop = log.onChange((changed) => {
      expect(changed).toBe(log)
      told += 1
    })
    append(open(A))
    expect(told).toBe(1)
    end(A, true)
    expect(told).toBe(2)
    log.deleteRecords(1n)
    expect(told).toBe(3)
    log.deleteRecords(1n)
    append({ magic: 1 })
    expect(told).toBe(3)
    stop()
    append()
    expect(told).toBe(3)
    log.onChange(() => (told += 1))
    log.close()
    log.close()
    expect(told).toBe(4)
  })
})

describe('a closed log', () => {
  it('releases its memory, takes and gives nothing', () => {
    const { log, append, end, budget } = setupLog()
    append()
    log.close()
    expect([log.isClosed, budget.usedBytes, log.sizeInBytes]).toEqual([true, 0, 0])
    expect(append().errorCode).toBe(3)
    expect(end(A, true)).toBe(1n)
    expect(log.endOffset).toBe(1n)
    expect(readAll(log, 1n).errorCode).toBe(3)
  })
})
