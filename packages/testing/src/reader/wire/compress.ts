import { gzipSync, zstdCompressSync } from 'node:zlib'

/** Kafka's numbers of compression are the places in this list. */
export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof codecs)[number]

export const isCodec = (name: string): name is Codec => codecs.some((codec) => codec === name)

/**
 * Bytes in the container of a codec. Snappy and LZ4, which Node has not, take them as they are: their formats allow for what is not
 * compressed, so every reader opens them, and nothing gets smaller.
 */
export function compress(codec: Codec, bytes: Buffer): Buffer {
  if (codec === 'gzip') return gzipSync(bytes)
  if (codec === 'zstd') return zstdCompressSync(bytes)
  if (codec === 'snappy') return asSnappy(bytes)
  return codec === 'lz4' ? asLz4(bytes) : bytes
}

const javaHeader = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
const literalOfThreeLengthBytes = 62 << 2
const snappyChunk = 32 * 1024

/** The frame of the Java library, each block of it one literal (snappy format_description.txt, section 2.1). */
function asSnappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = [javaHeader]
  for (const chunk of chunksOf(bytes, snappyChunk)) {
    const head = Buffer.alloc(11)
    head[4] = (chunk.length & 0x7f) | 0x80
    head[5] = ((chunk.length >> 7) & 0x7f) | 0x80
    head[6] = chunk.length >> 14
    head[7] = literalOfThreeLengthBytes
    head.writeUIntLE(chunk.length - 1, 8, 3)
    head.writeInt32BE(head.length - 4 + chunk.length, 0)
    parts.push(head, chunk)
  }
  return Buffer.concat(parts)
}

/** Magic, version 1 with independent blocks of at most 64 KiB and no checksums, and the checksum of that. */
const lz4Header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
const lz4Block = 64 * 1024
const storedBit = 0x80000000

/** A frame of stored blocks (LZ4 frame format, "Data Blocks"). */
function asLz4(bytes: Buffer): Buffer {
  const parts: Buffer[] = [lz4Header]
  for (const chunk of chunksOf(bytes, lz4Block)) {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(storedBit + chunk.length)
    parts.push(size, chunk)
  }
  return Buffer.concat([...parts, Buffer.alloc(4)])
}

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
