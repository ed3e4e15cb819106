/** A way that records of a handler take to another topic. */
export interface TopicEdge {
  readonly from: string
  readonly to: string
  readonly by: 'dead letter' | 'output'
  readonly where: string
}

export interface TopicCycle {
  /** The topics in order; the first one again at the end. */
  readonly path: readonly string[]
  /** Whether outputs are on the way, and not only dead letters. */
  readonly hasOutputs: boolean
  /** The handler that closes the circle. */
  readonly where: string
}

/** Circles in the ways of records: one that always fails, or always has an output, would go round for ever. Each is named once. */
export function topicCycles(edges: readonly TopicEdge[]): readonly TopicCycle[] {
  const done = new Set<string>()
  const found: TopicCycle[] = []

  const visit = (topic: string, before: readonly TopicEdge[]): void => {
    if (done.has(topic)) return
    for (const edge of edges.filter(({ from }) => from === topic)) {
      const way = [...before, edge]
      const start = way.findIndex(({ from }) => from === edge.to)
      if (start === -1) visit(edge.to, way)
      else found.push(cycleOf(way.slice(start), edge))
    }
    done.add(topic)
  }
  for (const { from } of edges) visit(from, [])
  return found
}

const cycleOf = (circle: readonly TopicEdge[], { to, where }: TopicEdge): TopicCycle => ({
  path: [...circle.map(({ from }) => from), to],
  hasOutputs: circle.some(({ by }) => by === 'output'),
  where,
})
