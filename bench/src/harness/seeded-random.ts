/** Numbers in [0, 1) that repeat for a seed (xorshift, 32 bits), so that a printed interval can be printed again. */
export function seededRandom(seed: number): () => number {
  // Zero is the one state that xorshift never leaves; the multiplication keeps small seeds apart.
  let state = Math.imul(seed | 0, 0x9e3779b1) || 0x9e3779b1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
