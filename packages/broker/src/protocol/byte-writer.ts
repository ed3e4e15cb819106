/** What is shorter is copied: a piece of its own costs more than that. */
const shortestPiece = 16 * 1024

/**
 * Writes big-endian values one after the other into a buffer that grows. Values out of range throw a RangeError. What is long and may
 * be borrowed stands between two pieces of that buffer instead of in it.
 */
export class ByteWriter {
  #bytes: Buffer
  /** Where in `#bytes` the piece in work begins, and where it ends. */
  #from = 0
  #to = 0
  readonly #pieces: Buffer[] = []
  #pieceBytes = 0

  constructor(expectedBytes = 256) {
    this.#bytes = Buffer.allocUnsafe(expectedBytes)
  }

  get length(): number {
    return this.#pieceBytes + this.#to - this.#from
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

  /** The same bytes without a copy where they are many: they must not change until what was written has been sent. */
  borrow(value: Uint8Array): void {
    if (value.length < shortestPiece) return this.bytes(value)
    this.#endPiece(this.#bytes.subarray(this.#from, this.#to))
    this.#endPiece(Buffer.from(value.buffer, value.byteOffset, value.length))
    this.#from = this.#to
  }

  /** Fills in a length at the beginning, which was not known when its place was written. */
  patchInt32(at: number, value: number): void {
    const first = this.#pieces[0] ?? this.#bytes
    first.writeInt32BE(value, at)
  }

  /** What was written; the writer is not to be used after it. */
  finish(): Buffer {
    const [first, ...more] = this.finishPieces()
    return more.length === 0 ? first : Buffer.concat([first, ...more])
  }

  /** The same in pieces, with what was borrowed among them. */
  finishPieces(): readonly [Buffer, ...Buffer[]] {
    const last = this.#bytes.subarray(this.#from, this.#to)
    const [first, ...more] = this.#pieces
    if (first === undefined) return [last]
    return last.length === 0 ? [first, ...more] : [first, ...more, last]
  }

  #endPiece(piece: Buffer): void {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#pieceBytes += piece.length
  }

  #grow(by: number): number {
    const start = this.#to
    const end = start + by
    if (end <= this.#bytes.length) {
      this.#to = end
      return start
    }
    const kept = start - this.#from
    const larger = Buffer.allocUnsafe(Math.max(kept + by, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, this.#from, start)
    this.#bytes = larger
    this.#from = 0
    this.#to = kept + by
    return kept
  }
}
