/** A handler's way from its topic to its dead-letter topic. */
export interface DeadLetterEdge {
  readonly from: string
  readonly to: string
  readonly where: string
}

export interface DeadLetterCycle {
  /** The topics in order; the first one again at the end. */
  readonly path: readonly string[]
  /** The handler that closes the circle. */
  readonly where: string
}

/** Circles in the ways of dead letters: a record that always fails would go round for ever. Each circle is named once. */
export function deadLetterCycles(edges: readonly DeadLetterEdge[]): readonly DeadLetterCycle[] {
  const done = new Set<string>()
  const found: DeadLetterCycle[] = []

  const visit = (topic: string, path: readonly string[]): void => {
    if (done.has(topic)) return
    for (const { to, where } of edges.filter(({ from }) => from === topic)) {
      const start = [...path, topic].indexOf(to)
      if (start === -1) visit(to, [...path, topic])
      else found.push({ path: [...[...path, topic].slice(start), to], where })
    }
    done.add(topic)
  }
  for (const { from } of edges) visit(from, [])
  return found
}
