import { WireFault } from './wire-fault.js'

/**
 * A cursor over the whole of one Buffer. Nothing outside `bytes` can be read: fixed-width reads check first, and an
 * index behind the end is `undefined`, which every varint read tests for.
 */
export class ByteReader {
  position: number

  constructor(
    readonly bytes: Buffer,
    from = 0,
  ) {
    this.position = from
  }

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
    const first = this.bytes[this.position] ?? 0xff
    if (first < 0x80) {
      this.position += 1
      return (first >>> 1) ^ -(first & 1)
    }
    const second = this.bytes[this.position + 1] ?? 0xff
    if (second > 0x7f) return this.#readLongVarint()
    this.position += 2
    return (((first & 0x7f) | (second << 7)) >>> 1) ^ -(first & 1)
  }

  /** A zigzag varint of at most 64 bits. Beyond 2^53 the result is rounded: it carries timestamps only, and no bigint is made. */
  readVarlong(): number {
    const first = this.bytes[this.position] ?? 0xff
    if (first < 0x80) {
      this.position += 1
      return (first >>> 1) ^ -(first & 1)
    }
    const second = this.bytes[this.position + 1] ?? 0xff
    if (second > 0x7f) return this.#readLongVarlong()
    this.position += 2
    return (((first & 0x7f) | (second << 7)) >>> 1) ^ -(first & 1)
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

  /** Steps over what `takeNullable` would take, and returns its length; null is 0. */
  skipNullable(): number {
    const length = this.readVarint()
    if (length === -1) return 0
    this.#advance(length)
    return length
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
    // The sign bit and 27 bits of magnitude fit one integer; what is above them is added as a float.
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.position]
      if (byte === undefined) throw new WireFault('corrupt', 'a varlong runs over the end')
      this.position += 1
      if (shift < 28) low |= (byte & 0x7f) << shift
      else high += (shift === 63 ? byte & 1 : byte & 0x7f) * 2 ** (shift - 28) // 64 bits end in the tenth byte
      if (byte > 0x7f) continue
      const magnitude = (low >>> 1) + high * 2 ** 27
      return low & 1 ? -magnitude - 1 : magnitude
    }
    throw new WireFault('corrupt', 'a varlong longer than 10 bytes')
  }
}
