import type {
  counterDefinitions,
  gaugeDefinitions,
  histogramDefinitions,
  MetricDefinition,
} from '../../packages/telemetry/src/metrics/metric-definitions.js'

/** The tables of metrics, under the names that panels and alerts know them by. */
export interface MetricTables {
  readonly counters: typeof counterDefinitions
  readonly gauges: typeof gaugeDefinitions
  readonly histograms: typeof histogramDefinitions
}

type Wanted = Readonly<Record<string, string>>

/** A metric with the values that its labels must have. A label that it does not have is a mistake of ours. */
export function series({ name, labels }: MetricDefinition, wanted: Wanted = {}, suffix = ''): string {
  const matchers = Object.entries(wanted).map(([label, value]) => {
    if (!labels.includes(label)) throw new Error(`${name} has no label ${label}`)
    return `${label}=${value.startsWith('$') ? `~"${value}"` : `"${value}"`}`
  })
  return `${name}${suffix}${matchers.length === 0 ? '' : `{${matchers.join(',')}}`}`
}

/** Summed up by labels that the metric has. */
export function sumBy(metric: MetricDefinition, by: readonly string[], expression: string): string {
  const unknown = by.filter((label) => !metric.labels.includes(label))
  if (unknown.length > 0) throw new Error(`${metric.name} has no label ${unknown.join(', ')}`)
  return `sum by (${by.join(', ')}) (${expression})`
}
