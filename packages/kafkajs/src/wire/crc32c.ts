import { crc32cModule, STRIDE, WINDOW_AT, WINDOW_BYTES } from './crc32c-module.js'

/** Reversed Castagnoli polynomial (RFC 3720, appendix B.4). `zlib.crc32` computes another one. */
const POLYNOMIAL = 0x82f63b78

/** What is used of it; the types of Node do not have it. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object
      readonly Instance: new (
        module: object,
      ) => {
        readonly exports: {
          readonly memory: { readonly buffer: ArrayBuffer }
          readonly update: (crc: number, at: number, limit: number) => number
        }
      }
    }
  | undefined

interface Engine {
  /** The CRC of a byte followed by `n` zero bytes stands at `n * 256 + byte`. */
  readonly tables: Int32Array
  /** What is written here is what `update` reads: a window of no length where there is no WebAssembly. */
  readonly window: Uint8Array
  readonly update: (crc: number, at: number, limit: number) => number
}

let engine: Engine | undefined

/** CRC-32C of `bytes` from `start` on, unsigned. It is the largest single cost of decoding, hence WebAssembly. */
export function crc32c(bytes: Uint8Array, start = 0): number {
  engine ??= openEngine()
  const { tables, window, update } = engine
  let crc = -1
  let at = start
  while (window.length > 0 && bytes.length - at >= STRIDE) {
    const length = Math.min(window.length, (bytes.length - at) & -STRIDE)
    window.set(bytes.subarray(at, at + length))
    crc = update(crc, WINDOW_AT, WINDOW_AT + length)
    at += length
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ (tables[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0)
  return (crc ^ -1) >>> 0
}

/** Made on first use: a process that never fetches pays nothing. */
function openEngine(): Engine {
  const made = instantiate()
  if (made === undefined) {
    return { tables: fillTables(new Int32Array(256)), window: new Uint8Array(), update: (crc) => crc }
  }
  const { memory, update } = made.exports
  const tables = fillTables(new Int32Array(memory.buffer, 0, STRIDE * 256))
  return { tables, window: new Uint8Array(memory.buffer, WINDOW_AT, WINDOW_BYTES), update }
}

/** Undefined where Node runs without WebAssembly (`--jitless`), and where the process may not reserve room for it (`ulimit -v`). */
function instantiate() {
  if (typeof WebAssembly === 'undefined') return undefined
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(crc32cModule()))
  } catch {
    return undefined // the loop over the table computes the same, slower
  }
}

function fillTables(tables: Int32Array): Int32Array {
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[byte] = crc
  }
  for (let index = 256; index < tables.length; index += 1) {
    const shorter = tables[index - 256] ?? 0
    tables[index] = (shorter >>> 8) ^ (tables[shorter & 0xff] ?? 0)
  }
  return tables
}
