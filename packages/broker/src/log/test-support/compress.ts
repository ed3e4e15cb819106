interface Match {
  /** What stands between the last match and this one. */
  readonly literal: Buffer
  /** 0 for the end. */
  readonly distance: number
  readonly length: number
}

/** Splits bytes as these formats do: literals, and repetitions of at least four bytes. The end is a literal, as LZ4 asks for. */
function* matchesOf(bytes: Buffer): Generator<Match> {
  const seen = new Map<number, number>()
  const last = bytes.length - 12
  let literalFrom = 0
  for (let at = 0; at < last; ) {
    const word = bytes.readUInt32LE(at)
    const before = seen.get(word)
    seen.set(word, at)
    if (before === undefined || at - before > 0xffff) {
      at += 1
      continue
    }
    let length = 4
    while (at + length < bytes.length - 5 && bytes[at + length] === bytes[before + length]) length += 1
    yield { literal: bytes.subarray(literalFrom, at), distance: at - before, length }
    at += length
    literalFrom = at
  }
  yield { literal: bytes.subarray(literalFrom), distance: 0, length: 0 }
}

/** One bare block, or framed as the Java library frames it. */
export function snappyCompress(bytes: Buffer): Buffer {
  const block = snappyBlock(bytes)
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  const length = Buffer.alloc(4)
  length.writeInt32BE(block.length)
  return Buffer.concat([header, length, block])
}

export function snappyBlock(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  let left = bytes.length
  const preamble: number[] = []
  for (; left > 0x7f; left >>>= 7) preamble.push((left & 0x7f) | 0x80)
  parts.push(Buffer.from([...preamble, left]))
  for (const { literal, distance, length } of matchesOf(bytes)) {
    if (literal.length > 0) parts.push(snappyLiteral(literal.length), literal)
    for (let done = 0; done < length; ) {
      const step = Math.min(64, length - done)
      parts.push(snappyCopy(distance, step))
      done += step
    }
  }
  return Buffer.concat(parts)
}

function snappyLiteral(length: number): Buffer {
  const size = length - 1
  if (size < 60) return Buffer.of(size << 2)
  const bytes = size < 0x100 ? 1 : size < 0x10000 ? 2 : 3
  const head = Buffer.alloc(1 + bytes)
  head[0] = (59 + bytes) << 2
  head.writeUIntLE(size, 1, bytes)
  return head
}

/** All three kinds of copies, each where it can be used. */
function snappyCopy(distance: number, length: number): Buffer {
  if (distance < 2048 && length >= 4 && length <= 11) {
    return Buffer.of(((distance >> 8) << 5) | ((length - 4) << 2) | 1, distance & 0xff)
  }
  const wide = distance % 2 === 0
  const copy = Buffer.alloc(wide ? 5 : 3)
  copy[0] = ((length - 1) << 2) | (wide ? 3 : 2)
  if (wide) copy.writeUInt32LE(distance, 1)
  else copy.writeUInt16LE(distance, 1)
  return copy
}

/** A frame of one block, with what Kafka's clients set: independent blocks, no checksums. */
export function lz4Compress(bytes: Buffer): Buffer {
  return lz4Frame([lz4Block(bytes)])
}

export function lz4Frame(
  blocks: readonly Buffer[],
  o: { flags?: number; header?: Buffer; stored?: boolean } = {},
): Buffer {
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60 | (o.flags ?? 0), 0x40])
  const parts = blocks.flatMap((block) => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE((o.stored === true ? 0x80000000 : 0) + block.length)
    return [size, block, Buffer.alloc((o.flags ?? 0) & 0x10 ? 4 : 0)]
  })
  const tail = Buffer.alloc((o.flags ?? 0) & 0x04 ? 8 : 4)
  return Buffer.concat([head, o.header ?? Buffer.alloc(0), Buffer.of(0), ...parts, tail])
}

export function lz4Block(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  for (const { literal, distance, length } of matchesOf(bytes)) {
    const match = Math.max(0, length - 4)
    parts.push(Buffer.of((Math.min(15, literal.length) << 4) | Math.min(15, match)), lz4Length(literal.length), literal)
    if (distance === 0) break
    parts.push(Buffer.of(distance & 0xff, distance >> 8), lz4Length(match))
  }
  return Buffer.concat(parts)
}

function lz4Length(length: number): Buffer {
  if (length < 15) return Buffer.alloc(0)
  const rest = length - 15
  return Buffer.concat([Buffer.alloc(Math.floor(rest / 255), 255), Buffer.of(rest % 255)])
}
