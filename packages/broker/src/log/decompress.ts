import * as zlib from 'node:zlib'
import { lz4Decompress } from './lz4.js'
import { snappyDecompress } from './snappy.js'

/** What a batch may hold when it is opened: more than any client sends, and far below what would hurt. */
const maxOpenedBytes = 256 * 1024 * 1024

/** Kafka's numbers of compression, from a batch's attributes. */
const codecs: Readonly<Record<number, (bytes: Buffer) => Buffer>> = {
  1: (bytes) => zlib.gunzipSync(bytes, { maxOutputLength: maxOpenedBytes }),
  2: (bytes) => snappyDecompress(bytes, maxOpenedBytes),
  3: (bytes) => lz4Decompress(bytes, maxOpenedBytes),
  4: (bytes) => zlib.zstdDecompressSync(bytes, { maxOutputLength: maxOpenedBytes }),
}

/** Undefined for what cannot be opened: a codec that Kafka does not have, bytes that are not what they should be. */
export function decompress(codec: number, bytes: Buffer): Buffer | undefined {
  const open = codecs[codec]
  if (open === undefined) return undefined
  try {
    return open(bytes)
  } catch {
    return undefined // the producer's bytes are at fault: whoever asked decides what that means
  }
}
