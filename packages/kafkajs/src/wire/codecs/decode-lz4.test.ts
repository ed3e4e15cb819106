import { describe, expect, it } from 'vitest'
import { decodeLz4Frame } from './decode-lz4.js'

const frameOf = (block: readonly number[]): Buffer => {
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, block.length, 0, 0, 0])
  return Buffer.concat([head, Buffer.from(block), Buffer.alloc(4)])
}

describe('an LZ4 match', () => {
  it.each([
    ['before the start', [0x10, 0x61, 0x02, 0x00, 0x10, 0x62]],
    ['of distance 0', [0x10, 0x61, 0x00, 0x00, 0x10, 0x62]],
    ['without a distance', [0x10, 0x61, 0x01]],
    ['whose length never ends', [0x1f, 0x61, 0x01, 0x00, 0xff]],
  ])('%s is a fault, never memory of somebody else', (_what, block) => {
    expect(() => decodeLz4Frame(frameOf(block), 1_000)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })
})

describe('an LZ4 block without content', () => {
  const head = frameOf([]).subarray(0, 7)
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }

  it.each([
    ['stored', word(0x8000_0000)],
    ['compressed', Buffer.concat([word(1), Buffer.from([0x00])])],
  ])('is a fault: %s', (_how, block) => {
    const frame = Buffer.concat([head, block, word(0x8000_0001), Buffer.from('a'), word(0)])
    expect(() => decodeLz4Frame(frame, 1_000)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  it('is none where the frame ends', () => {
    expect(decodeLz4Frame(Buffer.concat([head, word(0)]), 1_000)).toHaveLength(0)
  })
})
