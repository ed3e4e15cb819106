import type { RawHeader, RawRecord } from '@millrace/core'
import { ByteReader } from './byte-reader.js'

const NO_HEADERS: readonly RawHeader[] = Object.freeze([])

/**
 * One record of a decoded batch: views into it, no copies. Headers were checked when the record was decoded and become pairs on first
 * access, because most handlers never look at them.
 */
export class DecodedRecord implements RawRecord {
  #headers: readonly RawHeader[] | undefined
  readonly #headerBytes: Buffer | undefined

  constructor(
    readonly offsetDelta: number,
    readonly timestamp: number,
    readonly key: Buffer | null,
    readonly value: Buffer | null,
    readonly sizeBytes: number,
    /** The header count and the headers as they stand in the record; undefined for none. */
    headerBytes: Buffer | undefined,
  ) {
    this.#headerBytes = headerBytes
    this.#headers = headerBytes === undefined ? NO_HEADERS : undefined
  }

  get headers(): readonly RawHeader[] {
    this.#headers ??= this.#headerBytes === undefined ? NO_HEADERS : readHeaders(this.#headerBytes)
    return this.#headers
  }
}

function readHeaders(bytes: Buffer): readonly RawHeader[] {
  const reader = new ByteReader(bytes)
  const headers: RawHeader[] = []
  for (let left = reader.readVarint(); left > 0; left -= 1) {
    const name = reader.take(reader.readVarint())
    headers.push([name, reader.takeNullable()])
  }
  return headers
}
