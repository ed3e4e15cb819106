/** Splits what a request names into what it names once, in order, and the names that it repeats. */
export function namedOnce<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): { once: Item[]; repeated: string[] } {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1)
  return {
    once: items.filter((item) => counts.get(nameOf(item)) === 1),
    repeated: [...counts].filter(([, count]) => count > 1).map(([name]) => name),
  }
}
