/** What `toString('utf8')` of Node calls, without its checks: a third of the cost of a short text, and what avsc uses as well. */
interface SlicingBuffer extends Buffer {
  utf8Slice(start: number, end: number): string
}

/**
 * Reads Avro's binary encoding for the types of avsc, and throws at the first byte that is not there. avsc's own reader goes on past the
 * end and lets the caller ask afterwards: a few bytes that claim an array of 2^40 elements then keep the process busy for minutes.
 * `boundedTypes` does the same for what arrays and maps claim.
 */
export class StrictTap {
  readonly buf: SlicingBuffer
  pos: number

  constructor(buf: Buffer, pos: number) {
    this.buf = buf as SlicingBuffer
    this.pos = pos
  }

  readBoolean(): boolean {
    return this.buf[this.advance(1)] === 1
  }

  readInt(): number {
    return this.readLong()
  }

  /** Zigzag varint. Beyond 2^53 a number is not exact, which avsc's type finds and refuses. */
  readLong(): number {
    const { buf } = this
    let at = this.pos
    let byte = buf[at++]
    if (byte === undefined) throw tooShort()
    let low = byte & 0x7f
    for (let shift = 7; byte >= 0x80 && shift < 28; shift += 7) {
      byte = buf[at++]
      if (byte === undefined) throw tooShort()
      low |= (byte & 0x7f) << shift
    }
    if (byte < 0x80) {
      this.pos = at
      return (low >>> 1) ^ -(low & 1)
    }
    this.pos = at
    return this.restOfLong(low)
  }

  /** In halves, since a number and its sign together may need more than the 53 bits that are exact. */
  private restOfLong(low: number): number {
    let half = low >>> 1
    for (let factor = 2 ** 27; factor <= 2 ** 62; factor *= 128) {
      const byte = this.buf[this.advance(1)] ?? 0
      half += (byte & 0x7f) * factor
      if (byte < 0x80) return low % 2 === 0 ? half : -half - 1
    }
    throw new Error('a number of its payload does not end')
  }

  readFloat(): number {
    return this.buf.readFloatLE(this.advance(4))
  }

  readDouble(): number {
    return this.buf.readDoubleLE(this.advance(8))
  }

  /** A copy, so that a value does not keep the whole answer of a fetch alive. */
  readFixed(length: number): Buffer {
    const start = this.advance(length)
    return Buffer.from(this.buf.subarray(start, start + length))
  }

  readBytes(): Buffer {
    return this.readFixed(this.readLong())
  }

  readString(): string {
    const start = this.advance(this.readLong())
    return this.buf.utf8Slice(start, this.pos)
  }

  skipBoolean(): void {
    this.advance(1)
  }

  skipInt(): void {
    this.readLong()
  }

  skipLong(): void {
    this.readLong()
  }

  skipFloat(): void {
    this.advance(4)
  }

  skipDouble(): void {
    this.advance(8)
  }

  skipFixed(length: number): void {
    this.advance(length)
  }

  skipBytes(): void {
    this.advance(this.readLong())
  }

  skipString(): void {
    this.advance(this.readLong())
  }

  /** How many elements follow in a block of an array or map. Every one that is worth reading has a byte at least. */
  readCount(): number {
    const count = this.readLong()
    if (count < 0) this.readLong() // the length of the block in bytes
    if (Math.abs(count) > this.buf.length - this.pos) throw tooShort()
    return Math.abs(count)
  }

  /** Passes a block that names its length, whole; answers with the count of one that does not. */
  skipBlock(): number {
    for (;;) {
      const count = this.readLong()
      if (count > this.buf.length - this.pos) throw tooShort()
      if (count >= 0) return count
      this.advance(this.readLong())
    }
  }

  /** Where so many bytes begin, now behind us. */
  private advance(length: number): number {
    const start = this.pos
    const end = start + length
    if (!(length >= 0 && end <= this.buf.length)) throw tooShort()
    this.pos = end
    return start
  }
}

const tooShort = (): Error => new Error('its payload ends too early, or claims a length that it does not have')
