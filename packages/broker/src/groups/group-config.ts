/** Kafka's settings by what they do; defaults are Kafka's, except for the initial delay, which would make every test wait. */
export interface GroupConfig {
  /** group.min.session.timeout.ms */
  readonly minSessionMs: number
  /** group.max.session.timeout.ms */
  readonly maxSessionMs: number
  /** group.initial.rebalance.delay.ms; Kafka's default is 3000. */
  readonly initialRebalanceDelayMs: number
  /** group.max.size */
  readonly maxGroupSize: number
  /** offset.metadata.max.bytes */
  readonly offsetMetadataMaxBytes: number
  /** offsets.retention.minutes */
  readonly offsetsRetentionMs: number
  /** offsets.retention.check.interval.ms */
  readonly offsetsRetentionCheckMs: number
}

export const defaultGroupConfig: GroupConfig = {
  minSessionMs: 6_000,
  maxSessionMs: 1_800_000,
  initialRebalanceDelayMs: 0,
  maxGroupSize: 2_147_483_647,
  offsetMetadataMaxBytes: 4_096,
  offsetsRetentionMs: 7 * 24 * 3_600_000,
  offsetsRetentionCheckMs: 600_000,
}
