/** A map of bounded size: the entry that was not used for longest goes first. An entry may have an end. */
export interface Lru<Key, Value> {
  get(key: Key): Value | undefined
  /** `endsAt` by the clock that was given. */
  set(key: Key, value: Value, endsAt?: number): void
  delete(key: Key): void
  readonly size: number
}

interface Entry<Value> {
  readonly value: Value
  readonly endsAt: number
}

export function createLru<Key, Value>(max: number, now: () => number = () => 0): Lru<Key, Value> {
  const entries = new Map<Key, Entry<Value>>()
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      if (entry.endsAt <= now()) return undefined
      entries.set(key, entry)
      return entry.value
    },
    set(key, value, endsAt = Number.POSITIVE_INFINITY) {
      entries.delete(key)
      entries.set(key, { value, endsAt })
      const oldest = entries.size > max ? entries.keys().next() : undefined
      if (oldest?.done === false) entries.delete(oldest.value)
    },
    delete(key) {
      entries.delete(key)
    },
    get size() {
      return entries.size
    },
  }
}
