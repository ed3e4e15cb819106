/** Offsets of one group that open transactions are about to commit: nobody may begin at what stands there now (KIP-447). */
export interface PendingOffsets {
  /** These partitions have a pending offset until the returned function is called. */
  hold(places: readonly Place[]): () => void
  /** Resolves when none of these partitions has one, or when the signal aborts. */
  settled(places: readonly Place[], signal: AbortSignal): Promise<void>
}

interface Place {
  readonly topic: string
  readonly partition: number
}

interface Held {
  readonly keys: ReadonlySet<string>
  readonly released: Promise<void>
}

const keyOf = ({ topic, partition }: Place): string => `${topic}/${partition}`

export function createPendingOffsets(): PendingOffsets {
  const holds = new Set<Held>()
  return {
    hold(places) {
      const { promise: released, resolve } = Promise.withResolvers<void>()
      const held = { keys: new Set(places.map(keyOf)), released }
      holds.add(held)
      return () => {
        holds.delete(held)
        resolve()
      }
    },
    async settled(places, signal) {
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      const inTheWay = (): Held[] => [...holds].filter(({ keys }) => places.some((place) => keys.has(keyOf(place))))
      for (let those = inTheWay(); those.length > 0 && !signal.aborted; those = inTheWay()) {
        await Promise.race([Promise.all(those.map(({ released }) => released)), aborted])
      }
    },
  }
}
