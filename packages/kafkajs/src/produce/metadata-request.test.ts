import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../wire/byte-writer.js'
import { metadataRequest } from './metadata-request.js'
import { producerIdRequest } from './producer-id-request.js'

/** Two nodes, a topic whose second partition has no leader, and one that does not exist. */
function answer(): Buffer {
  const writer = new ByteWriter(512)
  writer.writeInt32(0)
  writer.writeInt32(2)
  for (const nodeId of [1, 2]) {
    writer.writeInt32(nodeId)
    writer.writeString(`host-${nodeId}`)
    writer.writeInt32(9092)
    writer.writeString(nodeId === 1 ? null : 'rack')
  }
  writer.writeString('cluster')
  writer.writeInt32(1)
  writer.writeInt32(2)
  writer.writeInt16(0)
  writer.writeString('t')
  writer.writeInt8(0)
  writer.writeInt32(2)
  for (const [partition, leader] of [
    [1, -1],
    [0, 2],
  ]) {
    writer.writeInt16(leader === -1 ? 5 : 0)
    writer.writeInt32(partition ?? 0)
    writer.writeInt32(leader ?? 0)
    for (const nodes of [[1, 2], [1], []]) {
      writer.writeInt32(nodes.length)
      for (const nodeId of nodes) writer.writeInt32(nodeId)
    }
  }
  writer.writeInt16(3)
  writer.writeString('missing')
  writer.writeInt8(0)
  writer.writeInt32(0)
  return writer.bytes.subarray(0, writer.position)
}

describe('metadata', () => {
  it('keeps the errors of topics and partitions as data', () => {
    expect(metadataRequest(['t', 'missing']).decode(answer(), 6)).toEqual({
      nodes: [
        { nodeId: 1, host: 'host-1', port: 9092 },
        { nodeId: 2, host: 'host-2', port: 9092 },
      ],
      topics: [
        { topic: 't', errorCode: 0, leaders: [2, -1] },
        { topic: 'missing', errorCode: 3, leaders: [] },
      ],
    })
  })

  it('refuses an answer that ends early', () => {
    const whole = answer()
    expect(() => metadataRequest(['t']).decode(whole.subarray(0, whole.length - 10), 6)).toThrow()
  })

  it('asks for the named topics only, and never to create them', () => {
    const body = metadataRequest(['t']).encode(6)
    expect(body.toString('hex')).toBe('00000001' + '0001' + '74' + '00')
    expect(metadataRequest([]).encode(6).toString('hex')).toBe('00000000' + '00')
  })
})

describe('producer id', () => {
  it('reads id, epoch and error', () => {
    const writer = new ByteWriter(16)
    writer.writeInt32(0)
    writer.writeInt16(0)
    writer.writeInt64(4_000_000_000n)
    writer.writeInt16(2)
    expect(producerIdRequest.decode(writer.bytes, 1)).toEqual({ errorCode: 0, producerId: 4_000_000_000n, epoch: 2 })
  })
})
