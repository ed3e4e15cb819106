/** Numbers that look random and follow from a seed, so that a schedule is the same each time it runs. */
export interface Seeded {
  /** From 0, below 1. */
  next(): number
  /** A whole number from 0, below `limit`. */
  below(limit: number): number
  /** Another stream: what is drawn from it moves nothing in this one. */
  fork(name: string): Seeded
}

/** Mulberry32, as small as a good enough generator can be. */
export function seeded(seed: number): Seeded {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    fork(name) {
      let mixed = seed ^ 0x9e3779b9
      for (const letter of name) mixed = Math.imul(mixed ^ (letter.codePointAt(0) ?? 0), 0x85ebca6b)
      return seeded(mixed)
    },
  }
}
