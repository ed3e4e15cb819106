import { copyMatch } from './copy-match.js'

/** How the Java clients and kafkajs frame snappy: this, two versions, then blocks with their lengths in front. */
const framed = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const framedHeaderBytes = 16

/**
 * Opens snappy, framed as the Java library does it or one bare block as librdkafka does (format_description.txt of snappy).
 * @throws RangeError for bytes that are not snappy, and for more than `maxBytes`.
 */
export function snappyDecompress(bytes: Buffer, maxBytes: number): Buffer {
  if (!bytes.subarray(0, framed.length).equals(framed)) return openBlock(bytes, maxBytes)
  const blocks: Buffer[] = []
  let total = 0
  for (let at = framedHeaderBytes; at < bytes.length; ) {
    const length = bytes.readInt32BE(at)
    const end = at + 4 + length
    if (length < 0 || end > bytes.length) throw new RangeError('snappy: a block leaves its frame')
    const block = openBlock(bytes.subarray(at + 4, end), maxBytes - total)
    total += block.length
    blocks.push(block)
    at = end
  }
  return Buffer.concat(blocks, total)
}

function openBlock(bytes: Buffer, maxBytes: number): Buffer {
  const [length, start] = readLength(bytes)
  if (length > maxBytes) throw new RangeError('snappy: too large')
  const out = Buffer.allocUnsafe(length)
  let at = start
  let written = 0
  while (at < bytes.length) {
    const tag = bytes[at] as number
    const isLiteral = (tag & 3) === 0
    const step = isLiteral ? literalAt(bytes, at, tag) : copyAt(bytes, at, tag)
    if (written + step.length > length) throw new RangeError('snappy: more than announced')
    at = step.next
    if (isLiteral) {
      if (at + step.length > bytes.length) throw new RangeError('snappy: a literal leaves its block')
      bytes.copy(out, written, at, at + step.length)
      at += step.length
    } else {
      copyMatch(out, written, step.distance, step.length)
    }
    written += step.length
  }
  if (written !== length) throw new RangeError('snappy: less than announced')
  return out
}

interface Step {
  readonly length: number
  /** How far back a copy begins. */
  readonly distance: number
  /** Where the literal stands, or what comes behind a copy. */
  readonly next: number
}

function literalAt(bytes: Buffer, at: number, tag: number): Step {
  const code = tag >> 2
  const lengthBytes = code < 60 ? 0 : code - 59
  const length = lengthBytes === 0 ? code : bytes.readUIntLE(at + 1, lengthBytes)
  return { length: length + 1, distance: 0, next: at + 1 + lengthBytes }
}

function copyAt(bytes: Buffer, at: number, tag: number): Step {
  switch (tag & 3) {
    case 1:
      return { length: 4 + ((tag >> 2) & 7), distance: ((tag >> 5) << 8) | bytes.readUInt8(at + 1), next: at + 2 }
    case 2:
      return { length: 1 + (tag >> 2), distance: bytes.readUInt16LE(at + 1), next: at + 3 }
    default:
      return { length: 1 + (tag >> 2), distance: bytes.readUInt32LE(at + 1), next: at + 5 }
  }
}

function readLength(bytes: Buffer): [length: number, next: number] {
  let length = 0
  for (let at = 0; at < 5; at += 1) {
    const byte = bytes.readUInt8(at)
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return [length, at + 1]
  }
  throw new RangeError('snappy: a length of more than five bytes')
}
