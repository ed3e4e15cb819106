import type { SeededRandom } from './seeded-random.js'

/** So many of the items, in rounds that hold each of them once, each round in an order of its own. */
export function inRounds<Item>(count: number, items: readonly Item[], random: SeededRandom): readonly Item[] {
  const rounds = Array.from({ length: Math.ceil(count / items.length) }, () => random.shuffled(items))
  return rounds.flat().slice(0, count)
}
