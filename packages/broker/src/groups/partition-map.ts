export interface PartitionEntry<Value> {
  readonly topic: string
  readonly partition: number
  readonly value: Value
}

/** Values by topic and partition, in the order in which they came. */
export interface PartitionMap<Value> {
  readonly size: number
  get(topic: string, partition: number): Value | undefined
  has(topic: string, partition: number): boolean
  set(topic: string, partition: number, value: Value): void
  delete(topic: string, partition: number): void
  entries(): PartitionEntry<Value>[]
}

export function createPartitionMap<Value>(): PartitionMap<Value> {
  const topics = new Map<string, Map<number, Value>>()
  return {
    get size() {
      let size = 0
      for (const partitions of topics.values()) size += partitions.size
      return size
    },
    get: (topic, partition) => topics.get(topic)?.get(partition),
    has: (topic, partition) => topics.get(topic)?.has(partition) ?? false,
    set(topic, partition, value) {
      const partitions = topics.get(topic) ?? new Map<number, Value>()
      topics.set(topic, partitions.set(partition, value))
    },
    delete(topic, partition) {
      const partitions = topics.get(topic)
      if (partitions?.delete(partition) === true && partitions.size === 0) topics.delete(topic)
    },
    entries: () =>
      [...topics].flatMap(([topic, partitions]) =>
        [...partitions].map(([partition, value]) => ({ topic, partition, value })),
      ),
  }
}
