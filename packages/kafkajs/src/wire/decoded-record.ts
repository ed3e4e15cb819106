import type { RawHeader, RawRecord } from '@millrace/core'
import { ByteReader } from './byte-reader.js'

const NO_HEADERS: readonly RawHeader[] = Object.freeze([])
/** Places for which a name is kept. */
const MOST_NAMES = 32

/** What the records of one batch share. */
export interface RecordSource {
  /** The records section, inflated where it was compressed. */
  readonly bytes: Buffer
  readonly firstTimestamp: number
  /** The time of all records where the topic stamps them itself. */
  readonly logAppendTime: number | undefined
  /**
   * Header names by their place among the headers, as a record had them last. Records of a topic have mostly the same ones, and
   * those of a batch share one Buffer per name then.
   */
  readonly names: Buffer[]
}

/**
 * One record of a decoded batch: places in its bytes, all of them checked when the record was decoded. Key, value and headers become
 * views on first access, and the time a number: a Buffer costs more than everything else about a record, and much of what is read
 * is never looked at.
 */
export class DecodedRecord implements RawRecord {
  readonly offsetDelta: number
  readonly sizeBytes: number
  readonly #source: RecordSource
  readonly #timestampDelta: number
  /** Where the length of the key, the length of the value and the count of headers begin. */
  readonly #keyAt: number
  readonly #valueAt: number
  readonly #headersAt: number
  #key: Buffer | null | undefined
  #value: Buffer | null | undefined
  #headers: readonly RawHeader[] | undefined

  constructor(
    source: RecordSource,
    offsetDelta: number,
    timestampDelta: number,
    keyAt: number,
    valueAt: number,
    headersAt: number,
    sizeBytes: number,
  ) {
    this.offsetDelta = offsetDelta
    this.sizeBytes = sizeBytes
    this.#source = source
    this.#timestampDelta = timestampDelta
    this.#keyAt = keyAt
    this.#valueAt = valueAt
    this.#headersAt = headersAt
  }

  get timestamp(): number {
    return this.#source.logAppendTime ?? this.#source.firstTimestamp + this.#timestampDelta
  }

  get key(): Buffer | null {
    if (this.#key === undefined) this.#key = readBytes(this.#source.bytes, this.#keyAt)
    return this.#key
  }

  get value(): Buffer | null {
    if (this.#value === undefined) this.#value = readBytes(this.#source.bytes, this.#valueAt)
    return this.#value
  }

  /** The same array at every access. */
  get headers(): readonly RawHeader[] {
    this.#headers ??= readHeaders(this.#source, this.#headersAt)
    return this.#headers
  }
}

/** A length and that many bytes, known to be there: a reader of its own for each key and value would cost a fifth of the view. */
function readBytes(bytes: Buffer, at: number): Buffer | null {
  let from = at
  let bits = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[from++] ?? 0
    bits |= (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  // Zigzag: the lowest bit is the sign, and the only negative length is that of null.
  return bits & 1 ? null : bytes.subarray(from, from + (bits >>> 1))
}

function readHeaders({ bytes, names }: RecordSource, at: number): readonly RawHeader[] {
  if (bytes[at] === 0) return NO_HEADERS
  const reader = new ByteReader(bytes, at)
  const headers: RawHeader[] = []
  const count = reader.readVarint()
  for (let index = 0; index < count; index += 1) {
    const length = reader.readVarint()
    const known = names[index]
    let name: Buffer
    if (known !== undefined && isSame(bytes, reader.position, length, known)) {
      reader.skip(length)
      name = known
    } else {
      name = reader.take(length)
      if (index < MOST_NAMES) names[index] = name
    }
    headers.push([name, reader.takeNullable()])
  }
  return headers
}

function isSame(bytes: Buffer, at: number, length: number, known: Buffer): boolean {
  if (known.length !== length) return false
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== known[index]) return false
  return true
}
