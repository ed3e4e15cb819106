import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { decodeLz4Frame } from './codecs/decode-lz4.js'
import { decodeSnappy } from './codecs/decode-snappy.js'
import { encodeLz4 } from './codecs/encode-lz4.js'
import { encodeSnappy } from './codecs/encode-snappy.js'
import { WireFault } from './wire-fault.js'

export type CompressionName = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Bits 0 to 2 of a batch's attributes. */
export const compressionIds: Readonly<Record<CompressionName, number>> = {
  none: 0,
  gzip: 1,
  snappy: 2,
  lz4: 3,
  zstd: 4,
}

/**
 * Inflates what stands behind a batch's record count. Throws a `WireFault` for a codec that does not exist, for broken
 * input, and as soon as the output would exceed `maxBytes`: the rest is not inflated. All codecs come with Node or are
 * JavaScript of ours, so none can be missing on a platform.
 */
export function decompress(codecId: number, bytes: Buffer, maxBytes: number): Buffer {
  switch (codecId) {
    case compressionIds.none:
      return bytes
    case compressionIds.gzip:
      return inflate(() => gunzipSync(bytes, { maxOutputLength: maxBytes }), 'gzip', maxBytes)
    case compressionIds.snappy:
      return decodeSnappy(bytes, maxBytes)
    case compressionIds.lz4:
      return decodeLz4Frame(bytes, maxBytes)
    case compressionIds.zstd:
      return inflate(() => zstdDecompressSync(bytes, { maxOutputLength: maxBytes }), 'zstd', maxBytes)
    default:
      throw new WireFault('unsupported-codec', `codec ${codecId}`)
  }
}

function inflate(run: () => Buffer, codec: string, maxBytes: number): Buffer {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof RangeError && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new WireFault('too-large', `a ${codec} payload of more than ${maxBytes} bytes`, { cause })
    }
    throw new WireFault('corrupt', `a broken ${codec} payload`, { cause })
  }
}

/** Compresses as Java's producer would: what it writes, every Kafka client reads. */
export function compress(name: CompressionName, bytes: Buffer): Buffer {
  switch (name) {
    case 'none':
      return bytes
    case 'gzip':
      // The fastest level: this runs on the event loop, and levels above it cost more time than they save bytes.
      return gzipSync(bytes, { level: constants.Z_BEST_SPEED })
    case 'snappy':
      return encodeSnappy(bytes)
    case 'lz4':
      return encodeLz4(bytes)
    case 'zstd':
      return zstdCompressSync(bytes)
  }
}
