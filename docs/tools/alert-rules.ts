import { type MetricTables, series } from './metric-tables.ts'

export interface AlertRule {
  readonly name: string
  readonly expr: string
  /** How long it must hold, as Prometheus writes it. */
  readonly for: string
  readonly severity: 'critical' | 'warning'
  readonly summary: string
  /** What to look at, and what not to do. */
  readonly description: string
}

const increase = (of: string, window: string): string => `increase(${of}[${window}])`

/** Critical is what does not heal by itself, and stands still or has lost something meanwhile. */
export const alertRules = ({ counters, gauges, histograms }: MetricTables): readonly AlertRule[] => [
  {
    ...{ name: 'MillraceDeadLettersNotTaken', severity: 'critical', for: '1m' },
    expr: `${increase(series(counters.deadLetterFailures), '5m')} > 0`,
    summary: 'Dead letters of {{ $labels.handler }} are not taken by their topic',
    description:
      'Their partition stands still and nothing is committed past them. Look at the dead-letter topic: does it exist, may this client write to it, has it a leader?',
  },
  {
    ...{ name: 'MillracePartitionHalted', severity: 'critical', for: '1m' },
    expr: `${series(gauges.pausedPartitions, { reason: 'halted' })} > 0`,
    summary: '{{ $value }} partitions of {{ $labels.group }} are halted at a record',
    description: 'The policy of its handler is to halt. /inspect names the record; nothing behind it is processed.',
  },
  {
    ...{ name: 'MillracePartitionBraked', severity: 'critical', for: '1m' },
    expr: `${series(gauges.pausedPartitions, { reason: 'braked' })} > 0`,
    summary: '{{ $value }} partitions of {{ $labels.group }} are paused: nearly all of their records fail alike',
    description:
      'One record is tried from time to time; when it succeeds they go on by themselves. The log names the fault.',
  },
  {
    ...{ name: 'MillraceRecordsSkippedByRetention', severity: 'critical', for: '0m' },
    expr: `${increase(series(counters.skippedOffsets), '15m')} > 0`,
    summary: 'Records of {{ $labels.topic }} were gone before {{ $labels.group }} had read them',
    description: 'The group was away, or behind, for longer than the topic keeps its records. The log names the range.',
  },
  {
    ...{ name: 'MillraceStuck', severity: 'critical', for: '5m' },
    expr: `${series(gauges.oldestUnsettled)} > 600`,
    summary: 'A record of {{ $labels.topic }}[{{ $labels.partition }}] has been unsettled for {{ $value }} s',
    description:
      '/inspect shows what blocks the watermark of the partition: a running handler, a retry, a dead letter.',
  },
  {
    ...{ name: 'MillracePartitionUnreadable', severity: 'critical', for: '5m' },
    expr: `${series(gauges.failedPartitions)} > 0`,
    summary: '{{ $labels.topic }}[{{ $labels.partition }}] can not be read',
    description: 'Others go on. The log says why: no leader, a permission, a batch that can not be decoded.',
  },
  {
    ...{ name: 'MillraceNotReady', severity: 'critical', for: '5m' },
    expr: `${series(gauges.ready)} == 0`,
    summary: 'The worker on {{ $labels.instance }} has not been ready for five minutes',
    description: '/readyz says why. A restart does not bring a broker back.',
  },
  {
    ...{ name: 'MillraceDeadLetters', severity: 'warning', for: '10m' },
    expr: `sum by (group, topic, handler) (${increase(series(counters.settled, { settlement: 'dead_lettered' }), '10m')}) / sum by (group, topic, handler) (${increase(series(counters.settled), '10m')}) > 0.01`,
    summary: 'More than 1 % of the records of {{ $labels.handler }} are dead-lettered',
    description: 'See the dashboard for stage and type of the errors before anything is put back.',
  },
  {
    ...{ name: 'MillraceWaitsForDependency', severity: 'warning', for: '10m' },
    expr: `${series(gauges.pausedPartitions, { reason: 'dependency_down' })} > 0`,
    summary: '{{ $value }} partitions of {{ $labels.group }} wait for a service that is away',
    description: 'Nothing is dead-lettered meanwhile; lag grows. The log names the service.',
  },
  {
    ...{ name: 'MillraceLagGrows', severity: 'warning', for: '15m' },
    expr: `${series(gauges.lag)} > 1000 and delta(${series(gauges.lag)}[15m]) > 0`,
    summary: '{{ $labels.topic }}[{{ $labels.partition }}] is {{ $value }} records behind and falls back further',
    description:
      'Compare received with settled records: a slow handler needs concurrency, a busy process needs company.',
  },
  {
    ...{ name: 'MillraceSlowHandler', severity: 'warning', for: '15m' },
    expr: `histogram_quantile(0.99, sum by (handler, le) (rate(${series(histograms.handlerDuration, {}, '_bucket')}[10m]))) > 10`,
    summary: 'One in a hundred attempts of {{ $labels.handler }} takes longer than 10 s',
    description: 'Its time limit is 20 s unless it says otherwise; then the attempt fails.',
  },
  {
    ...{ name: 'MillraceCommitsFail', severity: 'warning', for: '10m' },
    expr: `${increase(series(counters.commits, { result: 'failed' }), '10m')} > 5`,
    summary: 'Commits of {{ $labels.group }} fail',
    description: 'They are tried again; what was settled since the last one is done twice after a crash.',
  },
  {
    ...{ name: 'MillraceMemberDies', severity: 'warning', for: '0m' },
    expr: `${increase(series(counters.deaths), '15m')} > 2`,
    summary: 'The member of {{ $labels.group }} was rebuilt {{ $value }} times in 15 minutes',
    description: 'The log names the cause each time; a worker that can not keep its member gives up and exits.',
  },
  {
    ...{ name: 'MillraceMemberStalls', severity: 'warning', for: '0m' },
    expr: `${increase(series(counters.stalls), '30m')} > 0`,
    summary: 'The member of {{ $labels.group }} handed nothing over although there was more',
    description: 'The watchdog has rebuilt it. The event member.stalled in the log has what it saw.',
  },
  {
    ...{ name: 'MillraceTransactionsFenced', severity: 'warning', for: '0m' },
    expr: `${increase(series(counters.transactions, { result: 'fenced' }), '15m')} > 3`,
    summary: 'Transactions of {{ $labels.group }} are fenced again and again',
    description:
      'Do two processes have one KAFKA_INSTANCE_ID? Or are transactions open for longer than their time-out?',
  },
  {
    ...{ name: 'MillraceEventLoopBlocked', severity: 'warning', for: '2m' },
    expr: `${series(gauges.eventLoopLag)} > 1`,
    summary: 'Something blocks the event loop of {{ $labels.instance }} for {{ $value }} s',
    description: 'Heartbeats wait meanwhile; a loop blocked for the session timeout costs the member its partitions.',
  },
]
