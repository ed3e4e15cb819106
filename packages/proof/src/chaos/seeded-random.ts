/** Random numbers that a seed repeats. */
export interface SeededRandom {
  /** From `min` up to, not including, `max`. */
  integer(min: number, max: number): number
  /** A new list in another order. */
  shuffled<Item>(items: readonly Item[]): readonly Item[]
}

/** Mulberry32: 32 bits of state, a full period, and even enough for picking faults. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min))
  return {
    integer,
    shuffled(items) {
      const left = [...items]
      return items.flatMap(() => left.splice(integer(0, left.length), 1))
    },
  }
}
