const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/** Murmur2 as Kafka's Java client computes it (`Utils.murmur2`), a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const tail = bytes.length & ~3
  let hash = SEED ^ bytes.length
  for (let at = 0; at < tail; at += 4) {
    let word =
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
    word = Math.imul(word, MULTIPLIER)
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ word
  }
  if (tail < bytes.length) {
    // Behind the end a byte reads as 0, which xors to nothing.
    hash ^= byteAt(bytes, tail) | (byteAt(bytes, tail + 1) << 8) | (byteAt(bytes, tail + 2) << 16)
    hash = Math.imul(hash, MULTIPLIER)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0
