/** Producer ids of a whole broker, transactional or not. None is ever given twice; some are never given, as in Kafka. */
export function createProducerIds(first = 0n): () => bigint {
  let next = first
  return () => {
    const id = next
    next += 1n
    return id
  }
}
