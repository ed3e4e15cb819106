import type { PartitionLog } from '../log/partition-log.js'
import type { ConfigOverrides } from './check-topic-config.js'

export interface Partition {
  readonly index: number
  readonly log: PartitionLog
}

export interface Topic {
  readonly name: string
  /** As Kafka prints it: 16 bytes in base64url, 22 characters. */
  readonly id: string
  /** By index, without holes; a longer one after CreatePartitions. */
  readonly partitions: readonly Partition[]
  /** What was set on this topic; everything else has Kafka's default. */
  readonly config: ConfigOverrides
}
