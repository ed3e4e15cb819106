import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchField, batchOverhead } from './record-batch.js'
import { batchOfSize, buildBatch } from './test-support/build-batch.js'
import { setupLog } from './test-support/setup-log.js'

const OK = 0
const [CORRUPT, TOO_LARGE, TOO_LARGE_FOR_SEGMENT, INVALID_TIMESTAMP, INVALID_RECORD, UNKNOWN] = [2, 10, 18, 32, 87, -1]
const now = 10_000
const hour = 3_600_000

function damaged(batch: Buffer, at: number): Buffer {
  batch[at] = (batch[at] ?? 0) ^ 0xff
  return batch
}

function withInt32(batch: Buffer, at: number, value: number): Buffer {
  batch.writeInt32BE(value, at)
  return batch
}

describe('a batch that a producer sends', () => {
  it.each([
    ['is taken', buildBatch(), OK],
    ['is taken with compressed records', buildBatch({ codec: 'gzip', records: [{}, {}] }), OK],
    ['is refused with a wrong CRC', damaged(buildBatch(), batchField.crc), CORRUPT],
    ['is refused with a changed record', damaged(buildBatch(), batchOverhead + 6), CORRUPT],
    ['is refused with a length below any batch', withInt32(buildBatch(), batchField.length, 13), CORRUPT],
    ['is refused with a length below its header', buildBatch().subarray(0, 40), INVALID_RECORD],
    ['is refused where its header is not whole', withInt32(Buffer.from(buildBatch().subarray(0, 40)), 8, 28), CORRUPT],
    ['is refused with magic 1', buildBatch({ magic: 1 }), INVALID_RECORD],
    ['is refused with magic 0', buildBatch({ magic: 0 }), INVALID_RECORD],
    ['is refused with a magic nobody knows', buildBatch({ magic: 3 }), CORRUPT],
    ['is refused where it is nothing', Buffer.alloc(0), INVALID_RECORD],
    ['is refused where it is less than a length', Buffer.alloc(11), INVALID_RECORD],
    ['is refused without records', buildBatch({ records: [] }), INVALID_RECORD],
    [
      'is refused with fewer records than it counts',
      buildBatch({ recordCount: 2, lastOffsetDelta: 1 }),
      INVALID_RECORD,
    ],
    ['is refused with a count that is not its offsets', buildBatch({ recordCount: 2 }), INVALID_RECORD],
    ['is refused with a negative count', buildBatch({ recordCount: -1, lastOffsetDelta: -2 }), INVALID_RECORD],
    ['is refused together with another', Buffer.concat([buildBatch(), buildBatch()]), INVALID_RECORD],
    ['is refused truncated', buildBatch().subarray(0, -1), INVALID_RECORD],
    ['is refused with a base offset other than 0', buildBatch({ baseOffset: 1n }), INVALID_RECORD],
    ['is refused with a large base offset', buildBatch({ baseOffset: 2n ** 40n }), INVALID_RECORD],
    ['is refused with the control bit', buildBatch({ attributes: 0x20 }), INVALID_RECORD],
    ['is refused with a producer id and no sequence', buildBatch({ producerId: 1n, baseSequence: -1 }), INVALID_RECORD],
    ['is refused with a codec nobody knows', buildBatch({ attributes: 5 }), UNKNOWN],
    ['is taken at the limit of the topic', batchOfSize(500), OK],
    ['is refused above the limit of the topic', batchOfSize(501), TOO_LARGE],
    [
      'is refused for its base offset before its size',
      buildBatch({ baseOffset: 1n, records: [{ value: 'x'.repeat(500) }] }),
      INVALID_RECORD,
    ],
    ['is refused for its size before its CRC', damaged(batchOfSize(501), 400), TOO_LARGE],
  ])('%s', (_behaviour, batch, code) => {
    const { log, append } = setupLog({ config: { maxMessageBytes: 500 } })
    expect(append(batch).errorCode).toBe(code)
    expect(log.endOffset).toBe(code === OK ? 1n + BigInt(batch.readInt32BE(batchField.lastOffsetDelta)) : 0n)
  })

  it('is refused where it does not fit into a segment, once all else is well', () => {
    const { append } = setupLog({ config: { maxMessageBytes: 2_000, segmentBytes: 1_000 } })
    expect(append(batchOfSize(1_001)).errorCode).toBe(TOO_LARGE_FOR_SEGMENT)
    expect(append(damaged(batchOfSize(1_002), 400)).errorCode).toBe(CORRUPT)
    expect(append(batchOfSize(1_000)).errorCode).toBe(OK)
  })

  it('is taken without the incomplete one behind it', () => {
    const { log, append } = setupLog()
    const batch = buildBatch()
    expect(append(Buffer.concat([batch, buildBatch().subarray(0, 50)])).errorCode).toBe(OK)
    expect(log.sizeInBytes).toBe(batch.length)
  })

  it.each([
    // behaviour                                         timestamps            config                       code
    ['takes a past time', [5], {}, OK],
    ['takes no time', [-1], {}, OK],
    ['takes a time of one hour ahead', [now + hour], {}, OK],
    ['refuses a time of more than one hour ahead', [now + hour + 1], {}, INVALID_TIMESTAMP],
    ['refuses a batch for one of its records', [1, now + hour + 1, 2], {}, INVALID_TIMESTAMP],
    [
      'takes any time ahead on a topic that sets its own',
      [now + 2 * hour],
      { timestampType: 'LogAppendTime' as const },
      OK,
    ],
    ['takes what the topic allows', [now + 2 * hour], { timestampAfterMaxMs: 2 * hour }, OK],
    [
      'refuses a time further back than the topic allows',
      [now, now - 501],
      { timestampBeforeMaxMs: 500 },
      INVALID_TIMESTAMP,
    ],
    ['takes a time as far back as the topic allows', [now, now - 500], { timestampBeforeMaxMs: 500 }, OK],
    ['takes no time also where the past is limited', [-1, now], { timestampBeforeMaxMs: 500 }, OK],
  ])('%s', (_behaviour, times, config, code) => {
    for (const codec of ['none', 'gzip'] as const) {
      const { append } = setupLog({ config })
      expect(append({ codec, records: times.map((timestamp) => ({ timestamp })) }, now).errorCode).toBe(code)
    }
  })

  it('says what is wrong with a length or a magic', () => {
    const { append } = setupLog()
    expect(append(withInt32(buildBatch(), batchField.length, -5)).errorMessage).toContain('Record size -5 is less')
    expect(append(buildBatch({ magic: -1 }))).toMatchObject({
      errorCode: CORRUPT,
      errorMessage: 'Invalid magic found in record: -1',
    })
  })

  it('names every record with a wrong time, and why', () => {
    const { append } = setupLog()
    const { errorMessage, recordErrors } = append({ records: [{ timestamp: 1 }, { timestamp: 2 * hour + now }] }, now)
    expect(errorMessage).toBe('One or more records have been rejected due to invalid timestamp')
    expect(recordErrors).toEqual([
      { batchIndex: 1, message: expect.stringContaining('Timestamp 7210000 of message with offset 1 is') as unknown },
    ])
  })

  it('finds a time ahead also where the header hides it', () => {
    const { append } = setupLog()
    expect(append({ records: [{ timestamp: now + hour + 1 }], maxTimestamp: 5 }, now).errorCode).toBe(INVALID_TIMESTAMP)
  })

  it('names every record without a key on a compacted topic', () => {
    for (const cleanupPolicy of ['compact', 'compact,delete'] as const) {
      for (const codec of ['none', 'snappy'] as const) {
        const { append } = setupLog({ config: { cleanupPolicy } })
        const result = append({ codec, records: [{ key: 'k' }, { key: null }, { key: '' }, { key: null }] })
        expect(result.errorCode).toBe(INVALID_RECORD)
        expect(result.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1, 3])
        expect(result.errorMessage).toContain('2 record errors in total')
        expect(append({ codec, records: [{ key: 'k' }] }).errorCode).toBe(OK)
      }
    }
  })

  it('may not claim that the log set its time', () => {
    const stamped = { attributes: 0x08 }
    expect(setupLog({ config: { timestampType: 'LogAppendTime' } }).append(stamped).errorCode).toBe(INVALID_TIMESTAMP)
    expect(setupLog().append(stamped).errorCode).toBe(OK)
  })

  it.each([
    ['names the start of the log where the fault is the records', { baseOffset: 1n }, 3n],
    ['names it where the fault is a time', { records: [{ timestamp: 2 * hour + now }] }, 3n],
    ['does not name it where the fault is the request', { magic: 1 }, -1n],
  ])('%s', (_behaviour, batch, logStartOffset) => {
    const { log, append } = setupLog()
    append({ records: [{}, {}, {}] })
    log.deleteRecords(3n)
    expect(append(batch)).toMatchObject({ baseOffset: -1n, logAppendTime: -1n, logStartOffset })
  })

  it('never makes the log fail, whatever its bytes are', () => {
    const bytes = buildBatch({ records: [{ key: 'a', value: 'b' }, {}], codec: 'none' })
    const change = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(change, fc.nat(bytes.length), (changes, length) => {
        const { log, append } = setupLog()
        const copy = Buffer.from(bytes)
        for (const [at, byte] of changes) copy[at] = byte
        const { errorCode } = append(copy)
        expect(append(copy.subarray(0, length)).errorCode === OK ? length : bytes.length).toBe(bytes.length)
        if (errorCode !== OK) expect([CORRUPT, TOO_LARGE, INVALID_RECORD]).toContain(errorCode)
        else expect(log.endOffset).toBeGreaterThan(0n)
      }),
    )
  })
})
