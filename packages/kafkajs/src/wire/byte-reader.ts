import { WireFault } from './wire-fault.js'

/**
 * A cursor over the whole of one Buffer. Nothing outside `bytes` can be read: fixed-width reads check first, and an
 * index behind the end is `undefined`, which every varint read tests for.
 */
export class ByteReader {
  position = 0

  constructor(readonly bytes: Buffer) {}

  get remaining(): number {
    return this.bytes.length - this.position
  }

  readInt8(): number {
    return this.bytes.readInt8(this.#advance(1))
  }

  readInt16(): number {
    return this.bytes.readInt16BE(this.#advance(2))
  }

  readInt32(): number {
    return this.bytes.readInt32BE(this.#advance(4))
  }

  readInt64(): bigint {
    return this.bytes.readBigInt64BE(this.#advance(8))
  }

  /** A zigzag varint of at most 32 bits. */
  readVarint(): number {
    const first = this.bytes[this.position]
    if (first === undefined || first > 0x7f) return this.#readLongVarint()
    this.position += 1
    return (first >>> 1) ^ -(first & 1)
  }

  /** A zigzag varint of at most 64 bits. Beyond 2^53 the result is rounded: it carries timestamps only. */
  readVarlong(): number {
    const first = this.bytes[this.position]
    if (first === undefined || first > 0x7f) return this.#readLongVarlong()
    this.position += 1
    return (first >>> 1) ^ -(first & 1)
  }

  skip(length: number): void {
    this.#advance(length)
  }

  /** A view, not a copy. */
  take(length: number): Buffer {
    const from = this.#advance(length)
    return this.bytes.subarray(from, this.position)
  }

  /** A varint length and that many bytes; -1 is null. */
  takeNullable(): Buffer | null {
    const length = this.readVarint()
    return length === -1 ? null : this.take(length)
  }

  /** INT16 length, then UTF-8. */
  readString(): string {
    const length = this.readInt16()
    const from = this.#advance(length)
    return this.bytes.toString('utf8', from, this.position)
  }

  /** An INT32 count whose elements take at least `minBytes` each, so that a lie costs nothing; -1 (null) is 0. */
  readCount(minBytes: number): number {
    const count = this.readInt32()
    if (count < -1 || count * minBytes > this.remaining) throw new WireFault('corrupt', `impossible count ${count}`)
    return Math.max(count, 0)
  }

  #advance(length: number): number {
    const from = this.position
    if (length < 0 || length > this.bytes.length - from) {
      throw new WireFault('corrupt', `length ${length} with ${this.remaining} bytes left`)
    }
    this.position = from + length
    return from
  }

  #readLongVarint(): number {
    let bits = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.position]
      if (byte === undefined) throw new WireFault('corrupt', 'a varint runs over the end')
      this.position += 1
      bits |= (byte & 0x7f) << shift
      if (byte < 0x80) return (bits >>> 1) ^ -(bits & 1)
    }
    throw new WireFault('corrupt', 'a varint longer than 5 bytes')
  }

  #readLongVarlong(): number {
    let bits = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.position]
      if (byte === undefined) throw new WireFault('corrupt', 'a varlong runs over the end')
      this.position += 1
      bits |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(BigInt.asIntN(64, (BigInt.asUintN(64, bits) >> 1n) ^ -(bits & 1n)))
    }
    throw new WireFault('corrupt', 'a varlong longer than 10 bytes')
  }
}
