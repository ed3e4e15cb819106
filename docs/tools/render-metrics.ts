import type { MetricDefinition } from '../../packages/telemetry/src/metrics/metric-definitions.js'
import { renderRows } from './render-rows.ts'

type Definitions = Readonly<Record<string, MetricDefinition>>

const opening = `# Metrics

What \`/metrics\` of a worker shows, in Prometheus form; \`createMetrics({ register })\` adds the same to a registry of yours. Units are
seconds, records and partitions. A counter of several workers in one process is their sum. \`partition\` is a label of gauges only,
and a partition that the worker no longer has is no longer shown.

This page is generated from \`packages/telemetry/src/metrics/metric-definitions.ts\` (\`pnpm run docs\`), and a test compares the two.
`

/** The page of all metrics. */
export const renderMetricsPage = (counters: Definitions, gauges: Definitions, histograms: Definitions): string =>
  [
    ...[opening, '## Counters\n', render(counters), '## Gauges\n', render(gauges)],
    ...['## Histograms\n', render(histograms)],
  ].join('\n')

const render = (definitions: Definitions): string =>
  renderRows(
    ['metric', 'labels', 'meaning'],
    Object.values(definitions).map(({ name, labels, help }) => [
      `\`${name}\``,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ]),
  )
