import { WireFault } from '../wire-fault.js'

const MAGIC = 0x184d2204
const UNCOMPRESSED_BLOCK = 0x8000_0000

/**
 * Decodes one LZ4 frame (LZ4 Frame Format 1.6.4 and Block Format). In plain JavaScript, so that a topic written with lz4
 * can be read on every platform. It measures before it allocates: nothing is inflated beyond `maxBytes`. Frame checksums are not
 * verified, because the batch's CRC-32C covers the same bytes.
 */
export function decodeLz4Frame(frame: Buffer, maxBytes: number): Buffer {
  let size = 0
  for (const { start, end, isCompressed } of blocksOf(frame)) {
    const length = isCompressed ? measureBlock(frame, start, end, maxBytes - size) : end - start
    // No writer makes one (Java's leaves out a flush of nothing), and any number of them would add up to nothing.
    if (length === 0) throw new WireFault('corrupt', 'an LZ4 block without content')
    size += length
    if (size > maxBytes) throw new WireFault('too-large', `an LZ4 frame of more than ${maxBytes} bytes`)
  }
  const output = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const { start, end, isCompressed } of blocksOf(frame)) {
    at = isCompressed ? inflateBlock(frame, start, end, output, at) : at + frame.copy(output, at, start, end)
  }
  return output
}

interface Block {
  readonly start: number
  readonly end: number
  readonly isCompressed: boolean
}

/** Walks over the blocks and keeps none of them: there may be as many as the frame has room for. */
function* blocksOf(frame: Buffer): Generator<Block, void> {
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC) throw new WireFault('corrupt', 'not an LZ4 frame')
  const flags = frame.readUInt8(4)
  if (flags >>> 6 !== 1) throw new WireFault('corrupt', `LZ4 frame version ${flags >>> 6}`)
  const hasBlockChecksums = (flags & 0x10) !== 0
  const hasContentSize = (flags & 0x08) !== 0
  const hasDictionary = (flags & 0x01) !== 0
  if (hasDictionary) throw new WireFault('unsupported-codec', 'an LZ4 frame with a dictionary')

  // Magic, flags, block descriptor, the optional content size, header checksum.
  let at = 7 + (hasContentSize ? 8 : 0)
  for (;;) {
    if (at + 4 > frame.length) throw new WireFault('corrupt', 'an LZ4 frame without an end mark')
    const word = frame.readUInt32LE(at)
    if (word === 0) return
    const isCompressed = word < UNCOMPRESSED_BLOCK
    const start = at + 4
    const end = start + (isCompressed ? word : word - UNCOMPRESSED_BLOCK)
    if (end > frame.length) throw new WireFault('corrupt', 'an LZ4 block runs over the end')
    yield { start, end, isCompressed }
    at = end + (hasBlockChecksums ? 4 : 0)
  }
}

/** The decoded size of a block, by walking its sequences without copying; gives up beyond `maxBytes`. */
function measureBlock(bytes: Buffer, start: number, end: number, maxBytes: number): number {
  let at = start
  let size = 0
  while (at < end && size <= maxBytes) {
    const token = bytes[at++] ?? 0
    let length = token >>> 4
    if (length === 15) {
      let more: number
      do {
        if (at >= end) throw new WireFault('corrupt', 'an LZ4 literal length runs over the end')
        more = bytes[at++] ?? 0
        length += more
      } while (more === 255)
    }
    at += length
    size += length
    if (at > end) throw new WireFault('corrupt', 'an LZ4 literal runs over the end')
    if (at === end) return size // the last sequence has no match
    at += 2
    length = (token & 15) + 4
    if (length === 19) {
      let more: number
      do {
        if (at >= end) throw new WireFault('corrupt', 'an LZ4 match length runs over the end')
        more = bytes[at++] ?? 0
        length += more
      } while (more === 255)
    }
    size += length
  }
  if (at !== end && size <= maxBytes) throw new WireFault('corrupt', 'an LZ4 match runs over the end')
  return size
}

/** Inflates a measured block at `to` and returns where it ends. Lengths were checked by `measureBlock`, match offsets are here. */
function inflateBlock(bytes: Buffer, start: number, end: number, output: Buffer, to: number): number {
  let at = start
  let out = to
  while (at < end) {
    const token = bytes[at++] ?? 0
    let length = token >>> 4
    if (length === 15) {
      let more: number
      do {
        more = bytes[at++] ?? 0
        length += more
      } while (more === 255)
    }
    if (length > 32) {
      bytes.copy(output, out, at, at + length)
      at += length
      out += length
    } else {
      for (const stop = at + length; at < stop; ) output[out++] = bytes[at++] ?? 0
    }
    if (at >= end) break
    const distance = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
    at += 2
    if (distance === 0 || distance > out) throw new WireFault('corrupt', 'an LZ4 match before the start')
    length = (token & 15) + 4
    if (length === 19) {
      let more: number
      do {
        more = bytes[at++] ?? 0
        length += more
      } while (more === 255)
    }
    // A match may overlap what it writes (a run), so long copies go through copyWithin only when they don't.
    if (length > 32 && length <= distance) {
      output.copyWithin(out, out - distance, out - distance + length)
      out += length
    } else {
      for (const stop = out + length; out < stop; out += 1) output[out] = output[out - distance] ?? 0
    }
  }
  return out
}
