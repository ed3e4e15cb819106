import { describe, expect, it } from 'vitest'
import { ByteWriter } from './byte-writer.js'
import { decodeProduceResponse } from './decode-produce-response.js'
import { WireFault } from './wire-fault.js'

function encodeAnswer(version: number): Buffer {
  const writer = new ByteWriter(200)
  writer.writeInt32(1)
  writer.writeString('t')
  writer.writeInt32(2)
  for (const [partition, errorCode, baseOffset] of [
    [0, 0, 2n ** 53n + 1n],
    [1, 6, -1n],
  ] as const) {
    writer.writeInt32(partition)
    writer.writeInt16(errorCode)
    writer.writeInt64(baseOffset)
    writer.writeInt64(-1n)
    if (version >= 5) writer.writeInt64(3n)
  }
  writer.writeInt32(250)
  return writer.bytes.subarray(0, writer.position)
}

describe('decodeProduceResponse', () => {
  it.each([3, 4, 5, 6, 7])('reads version %i and keeps a refused partition beside a stored one', (version) => {
    const logStartOffset = version >= 5 ? 3n : -1n
    expect(decodeProduceResponse(encodeAnswer(version), version)).toEqual({
      throttleTimeMs: 250,
      partitions: [
        { topic: 't', partition: 0, errorCode: 0, baseOffset: 2n ** 53n + 1n, logAppendTime: -1, logStartOffset },
        { topic: 't', partition: 1, errorCode: 6, baseOffset: -1n, logAppendTime: -1, logStartOffset },
      ],
    })
  })

  it('is a fault when it is cut anywhere', () => {
    const answer = encodeAnswer(7)
    for (let length = 0; length < answer.length; length += 1) {
      expect(() => decodeProduceResponse(answer.subarray(0, length), 7)).toThrow(WireFault)
    }
  })
})
