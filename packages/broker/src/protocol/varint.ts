import { MalformedRequest } from './malformed-request.js'

export interface ByteSource {
  uint8(): number
}

export interface ByteSink {
  uint8(value: number): void
}

/** Up to 32 bits: lengths, counts and tags of flexible messages. */
export function readUnsignedVarint(source: ByteSource): number {
  let value = 0
  for (let shift = 0; shift <= 28; shift += 7) {
    const byte = source.uint8()
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value >>> 0
  }
  throw new MalformedRequest('a varint of more than 5 bytes')
}

/** 32 bits, zigzag: lengths and offset deltas of records. */
export function readVarint(source: ByteSource): number {
  const value = readUnsignedVarint(source)
  return (value >>> 1) ^ -(value & 1)
}

/** 64 bits, zigzag: timestamp deltas of records. */
export function readVarlong(source: ByteSource): bigint {
  let value = 0n
  for (let shift = 0n; shift <= 63n; shift += 7n) {
    const byte = source.uint8()
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
  }
  throw new MalformedRequest('a varlong of more than 10 bytes')
}

export function writeUnsignedVarint(sink: ByteSink, value: number): void {
  let left = value >>> 0
  while (left > 0x7f) {
    sink.uint8((left & 0x7f) | 0x80)
    left >>>= 7
  }
  sink.uint8(left)
}

export function writeVarint(sink: ByteSink, value: number): void {
  writeUnsignedVarint(sink, (value << 1) ^ (value >> 31))
}

export function writeVarlong(sink: ByteSink, value: bigint): void {
  let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  while (left > 0x7fn) {
    sink.uint8(Number(left & 0x7fn) | 0x80)
    left >>= 7n
  }
  sink.uint8(Number(left))
}
