/** What a log reads of its topic's configs, at each use: an altered config acts on the next batch. */
export interface LogConfig {
  readonly maxMessageBytes: number
  /** A batch has to fit into a segment, though these logs have none. */
  readonly segmentBytes: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  /** -1: kept for ever. */
  readonly retentionMs: number
  /** -1: without a limit. */
  readonly retentionBytes: number
  readonly cleanupPolicy: 'delete' | 'compact' | 'compact,delete' | ''
  /** How far a record's time may be behind and ahead of the broker's clock. */
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
}

export const isCompacted = ({ cleanupPolicy }: Pick<LogConfig, 'cleanupPolicy'>): boolean =>
  cleanupPolicy === 'compact' || cleanupPolicy === 'compact,delete'

export const deletesByAge = ({ cleanupPolicy }: Pick<LogConfig, 'cleanupPolicy'>): boolean =>
  cleanupPolicy === 'delete' || cleanupPolicy === 'compact,delete'
