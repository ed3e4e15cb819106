/** Writes big-endian fields into a Buffer of a size known beforehand; one field too many is a RangeError of ours, not data loss. */
export class ByteWriter {
  readonly bytes: Buffer
  position = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  writeInt8(value: number): void {
    this.position = this.bytes.writeInt8(value, this.position)
  }

  writeInt16(value: number): void {
    this.position = this.bytes.writeInt16BE(value, this.position)
  }

  writeInt32(value: number): void {
    this.position = this.bytes.writeInt32BE(value, this.position)
  }

  writeInt64(value: bigint): void {
    this.position = this.bytes.writeBigInt64BE(value, this.position)
  }

  /** Zigzag: integers beyond 32 bits (timestamp deltas) take the slow way. */
  writeVarint(value: number): void {
    if (value !== (value | 0)) {
      this.#writeLongVarint(value)
      return
    }
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    for (; rest > 0x7f; rest >>>= 7) this.bytes[this.position++] = (rest & 0x7f) | 0x80
    this.bytes[this.position++] = rest
  }

  /** Up to 2^53 either way, without a bigint: seven bits with the sign first, then the rest by division. */
  #writeLongVarint(value: number): void {
    const magnitude = value < 0 ? -value - 1 : value
    let rest = Math.floor(magnitude / 64)
    this.bytes[this.position++] = ((magnitude % 64) << 1) | (value < 0 ? 1 : 0) | (rest > 0 ? 0x80 : 0)
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.bytes[this.position++] = (rest % 128) | 0x80
    if (rest > 0) this.bytes[this.position++] = rest
  }

  writeBytes(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.position)
    this.position += bytes.length
  }

  /** A varint length and the bytes; null is -1. */
  writeNullable(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.writeVarint(-1)
      return
    }
    this.writeVarint(bytes.length)
    this.writeBytes(bytes)
  }

  /** INT16 length and UTF-8; null is -1. */
  writeString(text: string | null): void {
    if (text === null) {
      this.writeInt16(-1)
      return
    }
    const length = Buffer.byteLength(text)
    this.writeInt16(length)
    this.position += this.bytes.write(text, this.position, length)
  }
}

/** Bytes that `writeVarint` takes. */
export function sizeOfVarint(value: number): number {
  if (value !== (value | 0)) return sizeOfLongVarint(value)
  const bits = 32 - Math.clz32((value << 1) ^ (value >> 31))
  return bits === 0 ? 1 : Math.ceil(bits / 7)
}

function sizeOfLongVarint(value: number): number {
  let size = 1
  for (let rest = Math.floor((value < 0 ? -value - 1 : value) / 64); rest > 0; rest = Math.floor(rest / 128)) size += 1
  return size
}

export const sizeOfNullable = (bytes: Uint8Array | null): number =>
  bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length

export const sizeOfString = (text: string | null): number => 2 + (text === null ? 0 : Buffer.byteLength(text))
