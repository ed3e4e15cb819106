import { decompress } from './decompress.js'
import { batchOverhead, compressionOf, hasLogAppendTime, readBatchHeader } from './record-batch.js'

export interface StoredRecord {
  readonly offset: bigint
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

/** The records of one whole batch, opened. Undefined where its bytes are not what its header says. */
export function readRecords(batch: Buffer): StoredRecord[] | undefined {
  const header = readBatchHeader(batch)
  const compressed = batch.subarray(batchOverhead, header.sizeInBytes)
  const bytes = compressionOf(header) === 0 ? compressed : decompress(compressionOf(header), compressed)
  if (bytes === undefined) return undefined
  const appendTime = hasLogAppendTime(header) ? header.maxTimestamp : undefined
  const cursor = new RecordCursor(bytes)
  const records: StoredRecord[] = []
  for (let index = 0; index < header.recordCount; index += 1) {
    const record = cursor.record(header.baseOffset, header.baseTimestamp, appendTime)
    if (record === undefined) return undefined
    records.push(record)
  }
  return cursor.isAtEnd ? records : undefined
}

/** Reads one record after the other. Whatever would leave the bytes makes `undefined`, which ends the batch. */
class RecordCursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  record(baseOffset: bigint, baseTimestamp: bigint, appendTime: bigint | undefined): StoredRecord | undefined {
    const length = this.#varint()
    const end = length === undefined ? undefined : this.#at + length
    if (end === undefined || end <= this.#at || end > this.#bytes.length) return undefined
    this.#at += 1
    const timestampDelta = this.#varlong()
    const offsetDelta = this.#varint()
    const key = this.#field()
    const value = this.#field()
    const headers = this.#headers()
    if (timestampDelta === undefined || offsetDelta === undefined || this.#at !== end) return undefined
    if (key === undefined || value === undefined || headers === undefined) return undefined
    const timestamp = appendTime ?? baseTimestamp + timestampDelta
    return { offset: baseOffset + BigInt(offsetDelta), timestamp, key, value, headers }
  }

  #headers(): StoredRecord['headers'] | undefined {
    const count = this.#varint()
    if (count === undefined || count < 0) return undefined
    const headers: { key: string; value: Buffer | null }[] = []
    for (let index = 0; index < count; index += 1) {
      const key = this.#field()
      const value = this.#field()
      if (key === undefined || key === null || value === undefined) return undefined
      headers.push({ key: key.toString('utf8'), value })
    }
    return headers
  }

  /** Length and bytes; null where the length is negative. */
  #field(): Buffer | null | undefined {
    const length = this.#varint()
    if (length === undefined || length < 0) return length === undefined ? undefined : null
    const end = this.#at + length
    if (end > this.#bytes.length) return undefined
    const field = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return field
  }

  #varint(): number | undefined {
    const value = this.#varlong()
    return value === undefined ? undefined : Number(BigInt.asIntN(32, value))
  }

  #varlong(): bigint | undefined {
    let value = 0n
    for (let shift = 0n; shift <= 63n; shift += 7n) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) return undefined
      this.#at += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
    }
    return undefined
  }
}
