import { groupBy } from '../oracles/evidence.js'
import type { SimulatedCluster } from './simulated-cluster.js'
import type { Witnessed } from './witness.js'

/** Partitions whose records are not all committed by every group that reads them; empty where a schedule is settled. */
export function openPartitions(
  { sent, reads }: Pick<Witnessed, 'sent' | 'reads'>,
  cluster: Pick<SimulatedCluster, 'committed' | 'endOffset'>,
): readonly string[] {
  const partitions = [...groupBy(sent, ({ topic, partition }) => `${topic}[${partition}]`)]
  return partitions.flatMap(([name, [first]]) => {
    if (first === undefined) return []
    const { topic, partition } = first
    const groups = [...reads.values()].filter((read) => read.topic === topic).map(({ group }) => group)
    if (groups.length === 0) return [`nobody reads ${topic}`]
    const endOffset = cluster.endOffset(topic, partition)
    return groups.flatMap((group) => {
      const committed = cluster.committed(group, topic, partition)
      return (committed ?? 0n) >= endOffset ? [] : [`${group} stands at ${committed} of ${endOffset} in ${name}`]
    })
  })
}
