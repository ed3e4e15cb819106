/** Writes big-endian values one after the other into a buffer that grows. Values out of range throw a RangeError. */
export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(expectedBytes = 256) {
    this.#bytes = Buffer.allocUnsafe(expectedBytes)
  }

  get length(): number {
    return this.#length
  }

  uint8(value: number): void {
    const at = this.#grow(1)
    this.#bytes.writeUInt8(value, at)
  }

  int8(value: number): void {
    const at = this.#grow(1)
    this.#bytes.writeInt8(value, at)
  }

  int16(value: number): void {
    const at = this.#grow(2)
    this.#bytes.writeInt16BE(value, at)
  }

  uint16(value: number): void {
    const at = this.#grow(2)
    this.#bytes.writeUInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.#grow(4)
    this.#bytes.writeInt32BE(value, at)
  }

  uint32(value: number): void {
    const at = this.#grow(4)
    this.#bytes.writeUInt32BE(value, at)
  }

  int64(value: bigint): void {
    const at = this.#grow(8)
    this.#bytes.writeBigInt64BE(value, at)
  }

  float64(value: number): void {
    const at = this.#grow(8)
    this.#bytes.writeDoubleBE(value, at)
  }

  /** `length` is the text's length in UTF-8, which whoever wrote it in front knows. */
  text(value: string, length: number): void {
    const at = this.#grow(length)
    this.#bytes.write(value, at, length, 'utf8')
  }

  bytes(value: Uint8Array): void {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
  }

  /** Fills in a length that was not known when its place was written. */
  patchInt32(at: number, value: number): void {
    this.#bytes.writeInt32BE(value, at)
  }

  /** What was written; the writer is not to be used after it. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(by: number): number {
    const start = this.#length
    const end = start + by
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, 2 * this.#bytes.length))
      this.#bytes.copy(larger, 0, 0, start)
      this.#bytes = larger
    }
    this.#length = end
    return start
  }
}
