import * as zlib from 'node:zlib'
import { batchField, batchOverhead, lengthOverhead, stampCrc } from '../record-batch.js'
import { lz4Compress, snappyCompress } from './compress.js'

export interface RecordToBuild {
  readonly key?: string | null
  readonly value?: string | null
  readonly timestamp?: number
  readonly headers?: readonly (readonly [key: string, value: string | null])[]
}

export interface BatchToBuild {
  readonly records?: readonly RecordToBuild[]
  readonly codec?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly producerId?: bigint
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  /** Added to the attributes as they are. */
  readonly attributes?: number
  readonly baseOffset?: bigint
  readonly magic?: number
  /** What the header claims instead of what the records say. */
  readonly maxTimestamp?: number
  readonly recordCount?: number
  readonly lastOffsetDelta?: number
}

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const compressors: Record<(typeof codecs)[number], (bytes: Buffer) => Buffer> = {
  none: (bytes) => bytes,
  gzip: (bytes) => zlib.gzipSync(bytes),
  snappy: snappyCompress,
  lz4: lz4Compress,
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
}

/** A batch as a producer sends it, faults included where they are asked for. */
export function buildBatch(o: BatchToBuild = {}): Buffer {
  const records = o.records ?? [{}]
  const codec = o.codec ?? 'none'
  const times = records.map(({ timestamp }) => timestamp ?? 1000)
  const base = times[0] ?? 1000
  const body = compressors[codec](
    Buffer.concat(records.map((record, index) => encodeRecord(record, index, (times[index] ?? base) - base))),
  )
  const bytes = Buffer.concat([Buffer.alloc(batchOverhead), body])
  bytes.writeBigInt64BE(o.baseOffset ?? 0n, batchField.baseOffset)
  bytes.writeInt32BE(bytes.length - lengthOverhead, batchField.length)
  bytes.writeInt32BE(-1, batchField.leaderEpoch)
  bytes.writeInt8(o.magic ?? 2, batchField.magic)
  const attributes = codecs.indexOf(codec) | (o.transactional === true ? 0x10 : 0) | (o.attributes ?? 0)
  bytes.writeInt16BE(attributes, batchField.attributes)
  bytes.writeInt32BE(o.lastOffsetDelta ?? records.length - 1, batchField.lastOffsetDelta)
  bytes.writeBigInt64BE(BigInt(base), batchField.baseTimestamp)
  bytes.writeBigInt64BE(BigInt(o.maxTimestamp ?? Math.max(-1, ...times)), batchField.maxTimestamp)
  bytes.writeBigInt64BE(o.producerId ?? -1n, batchField.producerId)
  bytes.writeInt16BE(o.producerEpoch ?? (o.producerId === undefined ? -1 : 0), batchField.producerEpoch)
  bytes.writeInt32BE(o.baseSequence ?? (o.producerId === undefined ? -1 : 0), batchField.baseSequence)
  bytes.writeInt32BE(o.recordCount ?? records.length, batchField.recordCount)
  stampCrc(bytes, 0, bytes.length)
  return bytes
}

const built = new Map<number, Buffer>()

/** A batch of one record and exactly this many bytes; 68 is the least. */
export function batchOfSize(size: number, o?: Omit<BatchToBuild, 'records'>): Buffer {
  const known = o === undefined ? built.get(size) : undefined
  if (known !== undefined) return known
  // Lengths of lengths grow in steps, so not every size is reached by the value alone.
  for (const key of [null, 'k', 'kk', 'kkk']) {
    for (let length = size - batchOverhead - 7; length >= 0; length -= 1) {
      const batch = buildBatch({ ...o, records: [{ key, value: 'x'.repeat(length) }] })
      if (batch.length < size) break
      if (batch.length > size) continue
      if (o === undefined) built.set(size, batch)
      return batch
    }
  }
  throw new RangeError(`no batch has ${size} bytes`)
}

function encodeRecord({ key = null, value = 'v', headers = [] }: RecordToBuild, index: number, delta: number): Buffer {
  const body = Buffer.concat([
    Buffer.of(0),
    varint(BigInt(delta)),
    varint(BigInt(index)),
    field(key),
    field(value),
    varint(BigInt(headers.length)),
    ...headers.flatMap(([name, content]) => [field(name), field(content)]),
  ])
  return Buffer.concat([varint(BigInt(body.length)), body])
}

function field(text: string | null): Buffer {
  if (text === null) return varint(-1n)
  const bytes = Buffer.from(text)
  return Buffer.concat([varint(BigInt(bytes.length)), bytes])
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  while (left > 0x7fn) {
    bytes.push(Number(left & 0x7fn) | 0x80)
    left >>= 7n
  }
  return Buffer.from([...bytes, Number(left)])
}
