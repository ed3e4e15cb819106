import type { MetricDefinition } from '../../packages/telemetry/src/metrics/metric-definitions.js'
import { type MetricTables, series, sumBy } from './metric-tables.ts'

export interface Panel {
  readonly title: string
  readonly description: string
  readonly unit: 'short' | 's' | 'ops' | 'bytes' | 'percentunit'
  readonly targets: readonly { readonly expr: string; readonly legend: string }[]
}
export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

/** `$group` is chosen on the dashboard. Only what has the label can be chosen by it. */
const chosen = (metric: MetricDefinition) => (metric.labels.includes('group') ? { group: '$group' } : {})
const legendOf = (by: readonly string[]): string => by.map((label) => `{{${label}}}`).join(' ')

function rate(title: string, metric: MetricDefinition, by: readonly string[]): Panel {
  const expr = sumBy(metric, by, `rate(${series(metric, chosen(metric))}[$__rate_interval])`)
  return { title, description: metric.help, unit: 'ops', targets: [{ expr, legend: legendOf(by) }] }
}

function level(title: string, metric: MetricDefinition, by: readonly string[], unit: Panel['unit'] = 'short'): Panel {
  const expr = sumBy(metric, by, series(metric, chosen(metric)))
  return { title, description: metric.help, unit, targets: [{ expr, legend: legendOf(by) }] }
}

function highest(title: string, metric: MetricDefinition, by: readonly string[], unit: Panel['unit']): Panel {
  const expr = sumBy(metric, by, series(metric, chosen(metric))).replace(/^sum/, 'max')
  return { title, description: metric.help, unit, targets: [{ expr, legend: legendOf(by) }] }
}

function quantiles(title: string, metric: MetricDefinition, by: readonly string[]): Panel {
  const buckets = `rate(${series(metric, chosen(metric), '_bucket')}[$__rate_interval])`
  const targets = [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, ${sumBy(metric, by, buckets).replace(') (', ', le) (')})`,
    legend: `p${quantile * 100} ${legendOf(by)}`,
  }))
  return { title, description: metric.help, unit: 's', targets }
}

/** From what wakes somebody to what explains it. */
export const dashboardRows = ({ counters, gauges, histograms }: MetricTables): readonly Row[] => [
  {
    title: 'Health',
    panels: [
      {
        ...{ title: 'Ready', description: gauges.ready.help, unit: 'short' },
        targets: [{ expr: `min(${series(gauges.ready)})`, legend: 'all of them' }],
      },
      level('Partitions that stand still', gauges.pausedPartitions, ['group', 'reason']),
      level('Partitions that can not be read', gauges.failedPartitions, ['group', 'topic']),
      {
        ...{ title: 'Event loop', description: gauges.eventLoopLag.help, unit: 's' },
        targets: [{ expr: series(gauges.eventLoopLag), legend: '{{instance}}' }],
      },
      level('Versions', gauges.buildInfo, ['version', 'node']),
    ],
  },
  {
    title: 'Lag',
    panels: [
      level('Lag behind the end of the log', gauges.lag, ['group', 'topic']),
      level('Lag of the committed offsets', gauges.consumerLag, ['group', 'topic']),
      highest('Oldest unsettled record', gauges.oldestUnsettled, ['group', 'topic'], 's'),
      level('Received beyond the watermark', gauges.watermarkGap, ['group', 'topic']),
      level('Waiting in lanes', gauges.laneDepth, ['group', 'topic']),
    ],
  },
  {
    title: 'Flow',
    panels: [
      rate('Received', counters.received, ['group', 'topic']),
      rate('Settled', counters.settled, ['group', 'settlement']),
      level('In flight', gauges.inFlight, ['group', 'handler']),
      quantiles('How long attempts run', histograms.handlerDuration, ['handler']),
      rate('Attempts', counters.attempts, ['group', 'handler']),
    ],
  },
  {
    title: 'Failures',
    panels: [
      rate('Retries', counters.retries, ['handler', 'mode']),
      rate('Dead letters', counters.deadLetters, ['handler', 'stage', 'error_type']),
      rate('Dead letters that were not taken', counters.deadLetterFailures, ['handler']),
      rate('Dead letters that were too large', counters.oversizeDeadLetters, ['handler', 'resolution']),
      rate('Late results', counters.lateResults, ['handler']),
    ],
  },
  {
    title: 'Group and broker',
    panels: [
      rate('Commits', counters.commits, ['group', 'result']),
      rate('Rebalances', counters.rebalances, ['group']),
      level('Static members', gauges.staticMember, ['group']),
      rate('Deaths of the member', counters.deaths, ['group']),
      rate('Stalls of the member', counters.stalls, ['group']),
      rate('Failures of partitions', counters.partitionFailures, ['group', 'topic']),
      rate('Jumps out of the log', counters.outOfRange, ['group', 'topic']),
      rate('Offsets that jumps left out', counters.skippedOffsets, ['group', 'topic']),
    ],
  },
  {
    title: 'Exactly-once pipelines',
    panels: [
      rate('Transactions', counters.transactions, ['group', 'result']),
      quantiles('How long transactions are open', histograms.transactionDuration, ['group']),
      rate('Outputs', counters.transactionOutputs, ['group']),
      level('Outputs that wait', gauges.bufferedOutputs, ['group']),
      level('Bytes that wait', gauges.bufferedOutputBytes, ['group'], 'bytes'),
    ],
  },
]
