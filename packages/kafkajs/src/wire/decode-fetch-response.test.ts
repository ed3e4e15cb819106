import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from './byte-writer.js'
import { decodeFetchResponse } from './decode-fetch-response.js'
import { WireFault } from './wire-fault.js'

function encodeAnswer(version: number, records: Buffer | null): Buffer {
  const writer = new ByteWriter(400)
  writer.writeInt32(11)
  if (version >= 7) writer.writeInt16(70)
  if (version >= 7) writer.writeInt32(5)
  writer.writeInt32(1)
  writer.writeString('orders.v1')
  writer.writeInt32(2)
  for (const [partition, errorCode] of [
    [0, 0],
    [3, 6],
  ] as const) {
    writer.writeInt32(partition)
    writer.writeInt16(errorCode)
    writer.writeInt64(100n)
    writer.writeInt64(90n)
    if (version >= 5) writer.writeInt64(10n)
    writer.writeInt32(partition === 0 ? 1 : -1)
    if (partition === 0) writer.writeInt64(2n ** 60n)
    if (partition === 0) writer.writeInt64(42n)
    if (version >= 11) writer.writeInt32(-1)
    const bytes = partition === 0 ? records : null
    writer.writeInt32(bytes === null ? -1 : bytes.length)
    if (bytes !== null) writer.writeBytes(bytes)
  }
  return writer.bytes.subarray(0, writer.position)
}

describe('decodeFetchResponse', () => {
  it.each([4, 5, 6, 7, 8, 9, 10, 11])('reads version %i, with one partition in error beside a good one', (version) => {
    const records = Buffer.from('records')
    expect(decodeFetchResponse(encodeAnswer(version, records), version)).toEqual({
      throttleTimeMs: 11,
      errorCode: version >= 7 ? 70 : 0,
      partitions: [
        {
          topic: 'orders.v1',
          partition: 0,
          errorCode: 0,
          highWatermark: 100n,
          lastStableOffset: 90n,
          logStartOffset: version >= 5 ? 10n : -1n,
          abortedTransactions: [{ producerId: 2n ** 60n, firstOffset: 42n }],
          records,
          inflation: { bytes: 0 },
        },
        expect.objectContaining({ partition: 3, errorCode: 6, abortedTransactions: [], records: null }),
      ],
    })
  })

  it('lets the partitions of one answer count together what they inflate, and those of another on their own', () => {
    const decode = () => decodeFetchResponse(encodeAnswer(11, null), 11).partitions.map(({ inflation }) => inflation)
    const [first, second] = decode()
    expect(first).toEqual({ bytes: 0 })
    expect(second).toBe(first)
    expect(decode()[0]).not.toBe(first)
  })

  it('is a fault when it is cut anywhere, and never anything else when bytes change', () => {
    const answer = encodeAnswer(11, Buffer.from('records'))
    for (let length = 0; length < answer.length; length += 1) {
      expect(() => decodeFetchResponse(answer.subarray(0, length), 11)).toThrow(WireFault)
    }
    fc.assert(
      fc.property(fc.nat(answer.length - 1), fc.nat(255), fc.integer({ min: 4, max: 11 }), (index, byte, version) => {
        const changed = Buffer.from(answer)
        changed[index] = byte
        try {
          decodeFetchResponse(changed, version)
        } catch (error) {
          expect(error).toBeInstanceOf(WireFault)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
