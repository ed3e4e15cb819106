import { gzipSync, zstdCompressSync } from 'node:zlib'
import { ByteWriter, writeUnsignedVarint, writeVarint, writeVarlong } from '@millrace/broker/protocol'

export interface RecordToSend {
  readonly key?: string | null
  readonly value?: string | null
  readonly timestamp?: number
}

/** A batch as a producer sends it, faults included where they are asked for. */
export interface BatchToSend {
  readonly records?: readonly RecordToSend[]
  readonly codec?: keyof typeof codecs
  readonly pid?: bigint
  readonly epoch?: number
  readonly sequence?: number
  readonly transactional?: boolean
  /** Added to the attributes as they are. */
  readonly attributes?: number
  readonly baseOffset?: bigint
  readonly magic?: number
  readonly leaderEpoch?: number
  /** What the header claims instead of what the records say. */
  readonly recordCount?: number
  readonly lastOffsetDelta?: number
  readonly maxTimestamp?: number
  readonly crc?: number
}

const overhead = 61
const usualTimestamp = 1000

/** Raw snappy: the length, then literals of up to 60 bytes. */
function snappy(bytes: Buffer): Buffer {
  const writer = new ByteWriter()
  writeUnsignedVarint(writer, bytes.length)
  for (let at = 0; at < bytes.length; at += 60) {
    const piece = bytes.subarray(at, at + 60)
    writer.bytes(Buffer.concat([Buffer.of((piece.length - 1) << 2), piece]))
  }
  return writer.finish()
}

/** A frame of one block that is stored as it is: no checksums, no content size. */
function lz4(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE((bytes.length | 0x8000_0000) >>> 0)
  return Buffer.concat([Buffer.from('04224d18604082', 'hex'), size, bytes, Buffer.alloc(4)])
}

const codecs = {
  none: { bits: 0, compress: (bytes: Buffer): Buffer => bytes },
  gzip: { bits: 1, compress: (bytes: Buffer): Buffer => gzipSync(bytes) },
  snappy: { bits: 2, compress: snappy },
  lz4: { bits: 3, compress: lz4 },
  zstd: { bits: 4, compress: (bytes: Buffer): Buffer => zstdCompressSync(bytes) },
} as const

export function buildBatch(o: BatchToSend = {}): Buffer {
  const records = o.records ?? [{}]
  const times = records.map(({ timestamp }) => timestamp ?? usualTimestamp)
  const base = times[0] ?? usualTimestamp
  const { bits, compress } = codecs[o.codec ?? 'none']
  const body = compress(
    Buffer.concat(records.map((record, at) => encodeRecord(record, at, (times[at] ?? base) - base))),
  )
  const bytes = Buffer.concat([Buffer.alloc(overhead), body])
  bytes.writeBigInt64BE(o.baseOffset ?? 0n, 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt32BE(o.leaderEpoch ?? -1, 12)
  bytes.writeInt8(o.magic ?? 2, 16)
  bytes.writeInt16BE(bits | (o.transactional === true ? 0x10 : 0) | (o.attributes ?? 0), 21)
  bytes.writeInt32BE(o.lastOffsetDelta ?? records.length - 1, 23)
  bytes.writeBigInt64BE(BigInt(base), 27)
  bytes.writeBigInt64BE(BigInt(o.maxTimestamp ?? Math.max(-1, ...times)), 35)
  bytes.writeBigInt64BE(o.pid ?? -1n, 43)
  bytes.writeInt16BE(o.epoch ?? (o.pid === undefined ? -1 : 0), 51)
  bytes.writeInt32BE(o.sequence ?? (o.pid === undefined ? -1 : 0), 53)
  bytes.writeInt32BE(o.recordCount ?? records.length, 57)
  bytes.writeUInt32BE(o.crc ?? crc32c(bytes.subarray(21)), 17)
  return bytes
}

function encodeRecord({ key = null, value = 'v' }: RecordToSend, index: number, timestampDelta: number): Buffer {
  const record = new ByteWriter()
  record.int8(0)
  writeVarlong(record, BigInt(timestampDelta))
  writeVarint(record, index)
  writeText(record, key)
  writeText(record, value)
  writeVarint(record, 0)
  const bytes = record.finish()
  const framed = new ByteWriter()
  writeVarint(framed, bytes.length)
  framed.bytes(bytes)
  return framed.finish()
}

function writeText(writer: ByteWriter, text: string | null): void {
  if (text === null) return writeVarint(writer, -1)
  const bytes = Buffer.from(text)
  writeVarint(writer, bytes.length)
  writer.bytes(bytes)
}

/** Bit by bit: not the broker's own way, and batches of scripts are small. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  }
  return ~crc >>> 0
}
