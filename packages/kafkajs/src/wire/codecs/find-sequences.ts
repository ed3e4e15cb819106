/** The most that is looked at in one go: distances then fit the 16 bits that LZ4 and snappy have for them. */
export const MAX_WINDOW = 65_536
/** A match takes this many bytes at least. */
const MIN_MATCH = 4
/** LZ4 wants the last match to begin 12 bytes before the end and 5 literals behind it (LZ4 Block Format, "End of block"). */
const LAST_MATCH_BEFORE_END = 12
const LAST_LITERALS = 5
const MAX_TABLE_BITS = 14
const SCALARS = 3

/** What a window is made of: runs of literals, each but the last followed by a match. */
export class Sequences {
  count = 0
  /** Per sequence: literal bytes, match bytes, distance of the match. */
  readonly #numbers = new Uint16Array((MAX_WINDOW / MIN_MATCH) * SCALARS)

  add(literals: number, match: number, distance: number): void {
    const at = this.count * SCALARS
    this.#numbers[at] = literals
    this.#numbers[at + 1] = match
    this.#numbers[at + 2] = distance
    this.count += 1
  }

  literals(index: number): number {
    return this.#numbers[index * SCALARS] ?? 0
  }

  match(index: number): number {
    return this.#numbers[index * SCALARS + 1] ?? 0
  }

  distance(index: number): number {
    return this.#numbers[index * SCALARS + 2] ?? 0
  }
}

// Both are scratch of one synchronous call at a time: made once, 128 KiB together.
const found = new Sequences()
const positions = new Uint16Array(1 << MAX_TABLE_BITS)

/**
 * Greedy matching of the window `from` to `to` against itself, the common half of LZ4 and snappy: a hash of four bytes leads to
 * where they stood last. Bytes behind the last match are literals. The result holds until the next call.
 */
export function findSequences(bytes: Buffer, from: number, to: number): Sequences {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bits = Math.min(MAX_TABLE_BITS, Math.max(8, 32 - Math.clz32(to - from)))
  const shift = 32 - bits
  positions.fill(0, 0, 1 << bits)
  found.count = 0
  const lastStart = to - LAST_MATCH_BEFORE_END
  let literalsFrom = from
  for (let at = from + 1; at <= lastStart; ) {
    const word = view.getInt32(at, true)
    const slot = Math.imul(word, 0x9e3779b1) >>> shift
    const candidate = from + (positions[slot] ?? 0)
    positions[slot] = at - from
    if (view.getInt32(candidate, true) !== word) {
      // What has not matched for long is not likely to: bytes that can't be compressed cost little.
      at += 1 + ((at - literalsFrom) >> 6)
      continue
    }
    const length = matchLength(view, candidate, at, to - LAST_LITERALS)
    found.add(at - literalsFrom, length, at - candidate)
    at += length
    literalsFrom = at
  }
  return found
}

/** How far two places agree, the first four bytes being known to; the second stays below `limit`. */
function matchLength(view: DataView, one: number, other: number, limit: number): number {
  const most = limit - other
  let length = MIN_MATCH
  while (length + 4 <= most && view.getInt32(one + length, true) === view.getInt32(other + length, true)) length += 4
  while (length < most && view.getUint8(one + length) === view.getUint8(other + length)) length += 1
  return length
}
