import { createRequire } from 'node:module'
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { decodeLz4Frame } from './lz4-frame.js'
import { WireFault } from './wire-fault.js'

export type CompressionName = 'none' | 'gzip' | 'lz4' | 'zstd'

/** Bits 0 to 2 of a batch's attributes. */
export const compressionIds: Readonly<Record<CompressionName, number>> = { none: 0, gzip: 1, lz4: 3, zstd: 4 }

type Compress = (bytes: Buffer) => Buffer

/**
 * Inflates what stands behind a batch's record count. Throws a `WireFault` for a codec that can't be read here, for broken
 * input, and as soon as the output would exceed `maxBytes`: the rest is not inflated.
 */
export function decompress(codecId: number, bytes: Buffer, maxBytes: number): Buffer {
  switch (codecId) {
    case compressionIds.none:
      return bytes
    case compressionIds.gzip:
      return inflate(() => gunzipSync(bytes, { maxOutputLength: maxBytes }), 'gzip', maxBytes)
    case compressionIds.zstd:
      return inflate(() => zstdDecompressSync(bytes, { maxOutputLength: maxBytes }), 'zstd', maxBytes)
    case compressionIds.lz4:
      return decodeLz4Frame(bytes, maxBytes)
    default:
      throw new WireFault('unsupported-codec', codecId === 2 ? 'snappy' : `codec ${codecId}`)
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

/** Compresses with a codec that `selectCompression` returned. */
export function compress(name: CompressionName, bytes: Buffer): Buffer {
  const encode = encoderOf(name)
  if (encode === undefined) throw new WireFault('unsupported-codec', `${name} can't be written here`)
  return encode(bytes)
}

/** What batches are written with: the codec asked for, or gzip where its native package is not installed. */
export function selectCompression(preferred: CompressionName): CompressionName {
  return encoderOf(preferred) === undefined ? 'gzip' : preferred
}

function encoderOf(name: CompressionName): Compress | undefined {
  switch (name) {
    case 'none':
      return (bytes) => bytes
    case 'gzip':
      // The fastest level: this runs on the event loop, and levels above it cost more time than they save bytes.
      return (bytes) => gzipSync(bytes, { level: constants.Z_BEST_SPEED })
    case 'zstd':
      return (bytes) => zstdCompressSync(bytes)
    case 'lz4':
      lz4Encoder ??= { compress: loadLz4() }
      return lz4Encoder.compress
  }
}

let lz4Encoder: { readonly compress: Compress | undefined } | undefined

/** The optional peer `lz4-napi`, or undefined where it is not installed or has no binary for this platform. */
function loadLz4(): Compress | undefined {
  try {
    const loaded: unknown = createRequire(import.meta.url)('lz4-napi')
    if (typeof loaded !== 'object' || loaded === null || !('compressFrameSync' in loaded)) return undefined
    const { compressFrameSync } = loaded
    if (typeof compressFrameSync !== 'function') return undefined
    return (bytes) => {
      const frame: unknown = compressFrameSync(bytes)
      if (!Buffer.isBuffer(frame)) throw new TypeError('lz4-napi returned something other than a Buffer')
      return frame
    }
  } catch {
    return undefined // Missing is a documented state of an optional peer: the caller falls back to gzip and says so.
  }
}
