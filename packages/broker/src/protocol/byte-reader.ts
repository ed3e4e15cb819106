import { MalformedRequest } from './malformed-request.js'

/**
 * What one message may hold of elements, in all its arrays: several times what the largest broker has partitions, and far below what
 * the smallest elements would make of a frame of 100 MB.
 */
const maxElements = 1_000_000

/** Reads big-endian values one after the other and never beyond the end: every read checks first what is left. */
export class ByteReader {
  readonly #bytes: Buffer
  #position: number
  #elements = 0

  constructor(bytes: Buffer, position = 0) {
    this.#bytes = bytes
    this.#position = position
  }

  get position(): number {
    return this.#position
  }

  get remaining(): number {
    return this.#bytes.length - this.#position
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#advance(1))
  }

  int8(): number {
    return this.#bytes.readInt8(this.#advance(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2))
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4))
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#advance(8))
  }

  float64(): number {
    return this.#bytes.readDoubleBE(this.#advance(8))
  }

  text(length: number): string {
    const start = this.#advance(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** A view, not a copy: it keeps the whole frame in memory. */
  bytes(length: number): Buffer {
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Before an array of so many elements is read: none is read that would be too many. */
  announce(count: number): void {
    this.#elements += count
    if (this.#elements > maxElements) throw new MalformedRequest(`more than ${maxElements} elements`)
  }

  #advance(length: number): number {
    const start = this.#position
    if (length < 0 || length > this.#bytes.length - start) {
      throw new MalformedRequest(`${length} bytes are expected at ${start}, ${this.remaining} are left`)
    }
    this.#position = start + length
    return start
  }
}
