/** One metric as Prometheus shows it. Names are in base units; topics are labels; partitions are labels of gauges only. */
export interface MetricDefinition {
  readonly name: `millrace_${string}`
  readonly help: string
  readonly labels: readonly string[]
}

const perHandler = ['group', 'topic', 'handler'] as const
const perPartition = ['group', 'topic', 'partition'] as const

export const counterDefinitions = {
  received: {
    name: 'millrace_records_received_total',
    help: 'Records handed over by the broker. Always the sum of settled and in flight.',
    labels: perHandler,
  },
  settled: {
    name: 'millrace_records_settled_total',
    help: 'What became of them: processed, retried (on a retry topic), dead_lettered, skipped, or abandoned (read again by the next owner).',
    labels: [...perHandler, 'settlement'],
  },
  attempts: {
    name: 'millrace_attempts_total',
    help: 'Runs of the handler, repeated ones included.',
    labels: perHandler,
  },
  lateResults: {
    name: 'millrace_late_results_total',
    help: 'Runs that went on beyond their time limit or their lease; what they return is ignored.',
    labels: perHandler,
  },
  retries: {
    name: 'millrace_retries_total',
    help: 'Failed attempts that were repeated: in_place while the lane waits, or through a retry topic.',
    labels: [...perHandler, 'mode'],
  },
  deadLetters: {
    name: 'millrace_dead_letters_total',
    help: 'Acknowledged dead letters, by what had failed: decode, validate, handle or route; and by the code or class of the error, where the first 50 of a process are told apart and the rest is other.',
    labels: [...perHandler, 'stage', 'error_type'],
  },
  deadLetterFailures: {
    name: 'millrace_dead_letter_failures_total',
    help: 'Dead letters that the broker did not acknowledge. The partition stands still until one is: page somebody.',
    labels: perHandler,
  },
  oversizeDeadLetters: {
    name: 'millrace_oversize_dead_letters_total',
    help: 'Dead letters that were too large for their topic, by what was done: shrunk (nothing of the record is missing), without_value, halted (the partition stands still: page somebody), or skipped.',
    labels: [...perHandler, 'resolution'],
  },
  commits: {
    name: 'millrace_commits_total',
    help: 'Commit requests by result: done, failed (tried again), refused (the lease had ended).',
    labels: ['group', 'result'],
  },
  transactions: {
    name: 'millrace_transactions_total',
    help: 'Transactions of exactly-once pipelines by result: committed, aborted (sent again), fenced (somebody else has taken over, or it was open for longer than its time-out: its records go again or are read again; or its end could not be found out: they are read again if it was not committed).',
    labels: ['group', 'result'],
  },
  transactionOutputs: {
    name: 'millrace_transaction_outputs_total',
    help: 'Outputs and dead letters that became visible with their transactions.',
    labels: ['group'],
  },
  rebalances: {
    name: 'millrace_rebalances_total',
    help: 'Generations that the member went through, the first included.',
    labels: ['group'],
  },
  partitionFailures: {
    name: 'millrace_partition_failures_total',
    help: 'Times that a partition could not be read any more, each counted once until it can; the log says why.',
    labels: ['group', 'topic'],
  },
  outOfRange: {
    name: 'millrace_out_of_range_total',
    help: 'Jumps of a partition whose position was not in its log any more, by the policy outOfRange.',
    labels: ['group', 'topic'],
  },
  skippedOffsets: {
    name: 'millrace_skipped_offsets_total',
    help: 'Offsets that such jumps left out: records that were gone before this group had read them.',
    labels: ['group', 'topic'],
  },
  deaths: {
    name: 'millrace_member_deaths_total',
    help: 'Members that died, stalled ones included. Each is rebuilt, until there are more than restarts within restartWindow.',
    labels: ['group'],
  },
  stalls: {
    name: 'millrace_member_stalls_total',
    help: 'Members that lived and handed nothing over although there was more, noticed by the watchdog.',
    labels: ['group'],
  },
} as const satisfies Record<string, MetricDefinition>

export const gaugeDefinitions = {
  staticMember: {
    name: 'millrace_static_member',
    help: '1 where the member of this process has an instance id: it keeps its partitions while it restarts, and rebalances mean that somebody is missing. Else 0.',
    labels: ['group'],
  },
  inFlight: {
    name: 'millrace_in_flight_records',
    help: 'Records received and not settled: queued, running, or waiting for a retry or an acknowledgement.',
    labels: perHandler,
  },
  bufferedOutputs: {
    name: 'millrace_buffered_outputs',
    help: 'Outputs of pipelines that wait for their transaction; a record without any counts for one. At bufferedOutputs lanes wait.',
    labels: ['group'],
  },
  bufferedOutputBytes: {
    name: 'millrace_buffered_output_bytes',
    help: 'Bytes of these outputs and of the records that they were made of. At bufferedOutputBytes lanes wait.',
    labels: ['group'],
  },
  lag: {
    name: 'millrace_lag_records',
    help: 'Records between the watermark and the end of the log.',
    labels: perPartition,
  },
  consumerLag: {
    name: 'millrace_consumer_lag_records',
    help: 'Records between the committed offset and the end of the log: what Kafka tools call the lag of the group.',
    labels: perPartition,
  },
  laneDepth: {
    name: 'millrace_lane_depth_records',
    help: 'Records that wait behind those in work, in the lanes of the partition.',
    labels: perPartition,
  },
  watermarkGap: {
    name: 'millrace_watermark_gap_records',
    help: 'Offsets received beyond the watermark: what would be read again after a crash.',
    labels: perPartition,
  },
  oldestUnsettled: {
    name: 'millrace_oldest_unsettled_seconds',
    help: 'How long the oldest unsettled record has been here.',
    labels: perPartition,
  },
  pausedPartitions: {
    name: 'millrace_paused_partitions',
    help: 'Partitions that stand still, by reason.',
    labels: ['group', 'reason'],
  },
  failedPartitions: {
    name: 'millrace_failed_partitions',
    help: 'Partitions that this worker has and can not read, for a reason of their own; others go on. 1 each, and gone when it reads them again or has them no more.',
    labels: perPartition,
  },
  ready: {
    name: 'millrace_ready',
    help: 'Whether the worker is ready, as /readyz says it: joined, reading, not draining, nothing halted, dead letters written. 1 or 0.',
    labels: [],
  },
  eventLoopLag: {
    name: 'millrace_event_loop_lag_seconds',
    help: 'The longest delay of the event loop since the last scrape. Long ones cost heartbeats, and with them partitions.',
    labels: [],
  },
  buildInfo: { name: 'millrace_build_info', help: 'Always 1.', labels: ['version', 'node'] },
} as const satisfies Record<string, MetricDefinition>

export interface HistogramDefinition extends MetricDefinition {
  /** Upper bounds, in the unit of the name. */
  readonly buckets: readonly number[]
}

export const histogramDefinitions = {
  handlerDuration: {
    name: 'millrace_handler_duration_seconds',
    help: 'How long attempts ran, decoding and middleware included, by result: succeeded, failed, declined (skipped by the handler), interrupted (its lease ended).',
    labels: [...perHandler, 'result'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  transactionDuration: {
    name: 'millrace_transaction_duration_seconds',
    help: 'How long committed transactions were open, from the first record sent to the answer of the commit. Readers with read_committed wait for so long behind each of them.',
    labels: ['group'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
} as const satisfies Record<string, HistogramDefinition>
