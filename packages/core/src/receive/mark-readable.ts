import type { DriverEvent } from '../observe/events.js'
import type { LeasedPartition } from './leased-partition.js'

/** Notes at a partition that the driver can't read it, and that it can again. */
export function markReadable(partitions: Iterable<LeasedPartition>, event: DriverEvent): void {
  if (event.name !== 'partition.failed' && event.name !== 'partition.recovered') return
  for (const partition of partitions) {
    const { source } = partition
    if (source.topic !== event.topic || source.partition !== event.partition) continue
    partition.markReadable(event.name === 'partition.failed' ? event.error.message : undefined)
  }
}
