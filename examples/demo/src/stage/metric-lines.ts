/** What a worker counts, as Prometheus reads it. */
interface Sample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

const shown: readonly { readonly metric: string; readonly by?: string }[] = [
  { metric: 'millrace_records_received_total' },
  { metric: 'millrace_records_settled_total', by: 'settlement' },
  { metric: 'millrace_in_flight_records' },
  { metric: 'millrace_attempts_total' },
  { metric: 'millrace_retries_total', by: 'mode' },
  { metric: 'millrace_dead_letters_total', by: 'stage' },
  { metric: 'millrace_handler_duration_seconds_count', by: 'result' },
  { metric: 'millrace_commits_total', by: 'result' },
  { metric: 'millrace_lag_records' },
]

const sampleText = /^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/
const labelText = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Some metrics of a worker, each summed over its handlers and partitions: one line each. */
export function metricLines(exposition: string): readonly string[] {
  const samples = exposition.split('\n').flatMap((line) => sampleOf(line) ?? [])
  return shown.map(({ metric, by }) => {
    const sums = new Map<string, number>()
    for (const { name, labels, value } of samples) {
      const group = by === undefined ? '' : (labels.get(by) ?? '')
      if (name === metric) sums.set(group, (sums.get(group) ?? 0) + value)
    }
    const parts = [...sums].filter(([group, sum]) => group === '' || sum !== 0)
    const text = parts.map(([group, sum]) => (group === '' ? String(sum) : `${group} ${sum}`)).join(', ')
    return `${metric.padEnd(44)} ${sums.size === 0 ? 'not there' : text === '' ? '0' : text}`
  })
}

function sampleOf(line: string): Sample | undefined {
  const { name, labels = '', value } = sampleText.exec(line)?.groups ?? {}
  if (name === undefined) return undefined
  const pairs = [...labels.matchAll(labelText)].map(([, label = '', text = '']) => [label, text] as const)
  return { name, labels: new Map(pairs), value: Number(value) }
}
