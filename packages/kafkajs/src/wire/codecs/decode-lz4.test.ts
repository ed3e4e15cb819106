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
