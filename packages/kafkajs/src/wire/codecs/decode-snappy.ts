import { WireFault } from '../wire-fault.js'
import { XERIAL_MAGIC } from './xerial-magic.js'

/** The magic, the writer's version and the oldest compatible one. */
const XERIAL_HEADER_BYTES = XERIAL_MAGIC.length + 8
const OLDEST_COMPATIBLE = 1
/** The best that a block can do is 64 bytes out of a copy of 3: what declares more lies. */
const MAX_RATIO = 22
const MAX_LENGTH_BYTES = 5

interface Block {
  /** Where the elements begin, behind the declared length. */
  readonly start: number
  readonly end: number
  readonly plainBytes: number
}

/**
 * Decodes snappy as Kafka clients write it: in xerial's framing (Java) or as one raw block (librdkafka). Declared lengths are
 * checked against `maxBytes` and against what so many bytes can hold before anything is allocated.
 */
export function decodeSnappy(bytes: Buffer, maxBytes: number): Buffer {
  const isFramed = bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)
  const blocks = (): Iterable<Block> => (isFramed ? chunksOf(bytes) : [readBlock(bytes, 0, bytes.length)])
  let size = 0
  for (const { plainBytes } of blocks()) size += plainBytes
  if (size > maxBytes) throw new WireFault('too-large', `a snappy payload of ${size} bytes, ${maxBytes} allowed`)
  const output = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const block of blocks()) at = inflateBlock(bytes, block, output, at)
  return output
}

/** Walks over the chunks and keeps none of them: there may be as many as the payload has room for. */
function* chunksOf(bytes: Buffer): Generator<Block, void> {
  if (bytes.length < XERIAL_HEADER_BYTES) throw new WireFault('corrupt', 'a snappy header runs over the end')
  const compatible = bytes.readInt32BE(XERIAL_MAGIC.length + 4)
  if (compatible > OLDEST_COMPATIBLE) throw new WireFault('unsupported-codec', `snappy framing ${compatible}`)
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new WireFault('corrupt', 'a snappy chunk length runs over the end')
    const start = at + 4
    const end = start + bytes.readInt32BE(at)
    if (end <= start || end > bytes.length) throw new WireFault('corrupt', `a snappy chunk of ${end - start} bytes`)
    const block = readBlock(bytes, start, end)
    // Java's writer leaves out a flush of nothing.
    if (block.plainBytes === 0) throw new WireFault('corrupt', 'a snappy chunk without content')
    yield block
    at = end
  }
}

function readBlock(bytes: Buffer, from: number, end: number): Block {
  let plainBytes = 0
  for (let index = 0; index < MAX_LENGTH_BYTES && from + index < end; index += 1) {
    const byte = bytes[from + index] ?? 0
    plainBytes += (byte & 0x7f) * 2 ** (7 * index)
    if (byte > 0x7f) continue
    const start = from + index + 1
    if (plainBytes > (end - start) * MAX_RATIO) {
      throw new WireFault('corrupt', `a snappy block of ${end - start} bytes that declares ${plainBytes}`)
    }
    return { start, end, plainBytes }
  }
  throw new WireFault('corrupt', 'a snappy block without a length')
}

/** Writes a block's plain bytes at `to` and returns where they end: neither side is ever left, and the declared length is met. */
function inflateBlock(bytes: Buffer, block: Block, output: Buffer, to: number): number {
  const outputEnd = to + block.plainBytes
  let at = block.start
  let out = to
  while (at < block.end) {
    const tag = bytes[at++] ?? 0
    const kind = tag & 3
    // A literal of more than 60 bytes and all copies have some bytes behind the tag, little-endian.
    const extra = kind === 0 ? Math.max(0, (tag >>> 2) - 59) : kind === 3 ? 4 : kind
    if (at + extra > block.end) throw new WireFault('corrupt', 'a snappy element runs over the end')
    const number = readLittleEndian(bytes, at, extra)
    at += extra
    if (kind === 0) {
      const length = (extra === 0 ? tag >>> 2 : number) + 1
      if (length > block.end - at || length > outputEnd - out)
        throw new WireFault('corrupt', 'a snappy literal too long')
      bytes.copy(output, out, at, at + length)
      at += length
      out += length
    } else {
      const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
      const distance = kind === 1 ? ((tag >>> 5) << 8) | number : number
      // A block never reaches into the one before it.
      if (distance === 0 || distance > out - to) throw new WireFault('corrupt', 'a snappy copy before the start')
      if (length > outputEnd - out) throw new WireFault('corrupt', 'a snappy copy too long')
      for (const stop = out + length; out < stop; out += 1) output[out] = output[out - distance] ?? 0
    }
  }
  if (out !== outputEnd) throw new WireFault('corrupt', `${outputEnd - out} bytes missing in a snappy block`)
  return out
}

function readLittleEndian(bytes: Buffer, at: number, count: number): number {
  let number = 0
  for (let index = count - 1; index >= 0; index -= 1) number = number * 256 + (bytes[at + index] ?? 0)
  return number
}
