/** Numbers that look random and follow from a seed. */
export interface SeededRandom {
  /** From 0, below 1. */
  next(): number
  /** A whole number from 0, below `limit`. */
  below(limit: number): number
  /** One of the elements; there must be one. */
  pick<T>(elements: readonly [T, ...T[]]): T
}

/** Mulberry32: small, and even enough for choosing faults. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return { next, below, pick: (elements) => elements[below(elements.length)] ?? elements[0] }
}

/** A number from 0, below 1, for the so-manieth of a seed: two of them have nothing to do with each other. */
export function drawOf(seed: number, count: number): number {
  const random = seededRandom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(count, 0xc2b2ae35))
  random.next()
  return random.next()
}

/** The so-manieth seed that follows from a seed. */
export const seedOf = (seed: number, count: number): number => Math.floor(drawOf(seed, count) * 0x1_0000_0000)
