import type { PartitionLog } from '../log/partition-log.js'

/** Where requests find a partition by name. */
export interface PartitionLookup {
  partition(topic: string, index: number): { readonly log: PartitionLog } | undefined
}
