interface Held {
  /** Owned before, so that giving one away is a move. */
  readonly kept: Set<number>
  /** New to this member: giving one away costs nothing. */
  readonly fresh: Set<number>
}

/** The partitions of one member while they are being handed out. */
export class Share {
  readonly topics: ReadonlySet<string>
  readonly #held = new Map<string, Held>()
  #size = 0

  constructor(topics: readonly string[]) {
    this.topics = new Set(topics)
  }

  get size(): number {
    return this.#size
  }

  /** Topics of which it holds something: those first whose partitions cost nothing to give away. */
  heldTopics(): { readonly free: readonly string[]; readonly kept: readonly string[] } {
    const free: string[] = []
    const kept: string[] = []
    for (const [topic, held] of this.#held) {
      if (held.fresh.size > 0) free.push(topic)
      else if (held.kept.size > 0) kept.push(topic)
    }
    return { free, kept }
  }

  keep(topic: string, partition: number): void {
    this.#of(topic).kept.add(partition)
    this.#size += 1
  }

  add(topic: string, partition: number): void {
    this.#of(topic).fresh.add(partition)
    this.#size += 1
  }

  /** Gives one partition of the topic to another member: one that costs nothing where there is one. */
  giveTo(other: Share, topic: string): void {
    const { kept, fresh } = this.#of(topic)
    const from = fresh.size > 0 ? fresh : kept
    const [partition] = from
    if (partition === undefined) throw new TypeError(`a share without ${topic} can't give of it`)
    from.delete(partition)
    this.#size -= 1
    other.add(topic, partition)
  }

  toAssignment(): ReadonlyMap<string, readonly number[]> {
    const all = [...this.#held].map(
      ([topic, { kept, fresh }]) => [topic, [...kept, ...fresh].toSorted((a, b) => a - b)] as const,
    )
    return new Map(all.filter(([, partitions]) => partitions.length > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  #of(topic: string): Held {
    let held = this.#held.get(topic)
    if (held === undefined) this.#held.set(topic, (held = { kept: new Set(), fresh: new Set() }))
    return held
  }
}
