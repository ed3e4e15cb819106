import { describe, expect, it } from 'vitest'
import { encodeMarker, readMarkerKey } from './control-batch.js'
import { hasValidCrc, isControl, isTransactional, readBatchHeader } from './record-batch.js'
import { readRecords } from './read-records.js'

const marker = { producerId: 7n, producerEpoch: 3, coordinatorEpoch: 5, now: 1234, committed: true }

describe('a marker', () => {
  it('is a transactional control batch of one record, with the epoch of its producer and no sequence', () => {
    const batch = encodeMarker(marker)
    const header = readBatchHeader(batch)
    expect(header).toMatchObject({
      sizeInBytes: batch.length,
      lastOffsetDelta: 0,
      baseTimestamp: 1234n,
      maxTimestamp: 1234n,
      producerId: 7n,
      producerEpoch: 3,
      baseSequence: -1,
      recordCount: 1,
    })
    expect([isControl(header), isTransactional(header), hasValidCrc(batch, 0, batch.length)]).toEqual([
      true,
      true,
      true,
    ])
  })

  it.each([
    [true, '00000001', 'commit'],
    [false, '00000000', 'abort'],
  ])('says by its key whether it commits (%s), and by its value which coordinator wrote it', (committed, key, says) => {
    const [record] = readRecords(encodeMarker({ ...marker, committed })) ?? []
    expect(record?.key?.toString('hex')).toBe(key)
    expect(record?.value?.toString('hex')).toBe('000000000005')
    expect(readMarkerKey(record?.key)).toBe(says)
  })

  it.each([
    ['no key', null],
    ['a short key', Buffer.from('00', 'hex')],
    ['another kind of control record', Buffer.from('00000004', 'hex')],
  ])('is not what has %s', (_what, key) => {
    expect(readMarkerKey(key)).toBeUndefined()
  })
})
