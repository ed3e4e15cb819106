import type { ObservedWorker, RecordInstrument } from '@millrace/core'
import type { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { ownVersion } from '../own-version.js'
import { createAttemptDurations } from './attempt-durations.js'
import { createErrorType } from './error-type.js'
import { watchEventLoopLag } from './event-loop-lag.js'
import {
  counterDefinitions,
  gaugeDefinitions,
  histogramDefinitions,
  type MetricDefinition,
} from './metric-definitions.js'
import { createWorkerNumbers, type WorkerNumbers } from './worker-numbers.js'

export interface MetricsOptions {
  /** The prom-client registry that the metrics are added to. Default: one of their own. */
  readonly register?: Registry
}

/** The metrics of all workers of a process, in Prometheus form. */
export interface Metrics {
  readonly contentType: string
  /** Measures attempts: for the option `instrument` of a worker. Without it the durations of handlers stay empty. */
  readonly instrument: RecordInstrument
  /** Adds a worker. The returned function takes it off: its counters stay, its gauges go. */
  observe(worker: ObservedWorker): () => void
  /** All metrics of the registry as Prometheus reads them. */
  text(): Promise<string>
  /** Takes the metrics out of the registry. */
  close(): void
}

/**
 * Makes the metrics, all named `millrace_...`. They are computed when they are read, from `worker.inspect()`: a record
 * costs nothing extra. prom-client is loaded here and not before.
 */
export async function createMetrics({ register: given }: MetricsOptions = {}): Promise<Metrics> {
  const { default: prom } = await import('prom-client')
  const register = given ?? new prom.Registry()
  const workers = new Set<WorkerNumbers>()
  const lag = watchEventLoopLag()
  const durations = createAttemptDurations(histogramDefinitions.handlerDuration)
  const errorType = createErrorType('other')
  let isFresh = false

  /** A scrape reads all metrics in one turn, and so they all come from one snapshot. */
  function refresh(): void {
    if (isFresh) return
    isFresh = true
    queueMicrotask(() => (isFresh = false))
    for (const gauge of Object.values(gauges)) gauge.reset()
    for (const worker of workers) worker.collect()
    gauges.eventLoopLag.set(lag.takeMax())
    gauges.buildInfo.set({ version: ownVersion(), node: process.versions.node }, 1)
  }

  const settings = ({ name, help, labels }: MetricDefinition) => ({
    ...{ name, help, labelNames: [...labels], registers: [register] },
    collect: refresh,
  })
  const histograms = build(
    histogramDefinitions,
    (row): Histogram<string> => new prom.Histogram({ ...settings(row), buckets: [...row.buckets] }),
  )
  const counters = build(counterDefinitions, (row): Counter<string> => new prom.Counter(settings(row)))
  const gauges = build(gaugeDefinitions, (row): Gauge<string> => new prom.Gauge(settings(row)))

  const { name, help } = histogramDefinitions.handlerDuration
  const told = () => ({ name, help, type: 'histogram', aggregator: 'sum', values: durations.samples() })
  // What prom-client asks a metric for when it is scraped.
  Object.assign(histograms.handlerDuration, { get: async () => told(), getForPromString: async () => told() })

  return {
    instrument: { ran: durations.ran },
    get contentType() {
      return register.contentType
    },
    observe(worker) {
      const numbers = createWorkerNumbers(worker, { counters, gauges, histograms, errorType })
      workers.add(numbers)
      return () => {
        if (!workers.delete(numbers)) return
        numbers.collect() // the last of the counters; what it adds to gauges is gone with the next scrape
        numbers.close()
      }
    },
    text: () => register.metrics(),
    close() {
      lag.close()
      for (const worker of workers) worker.close()
      for (const { name } of Object.values({ ...counterDefinitions, ...gaugeDefinitions, ...histogramDefinitions }))
        register.removeSingleMetric(name)
    },
  }
}

const build = <Table extends Readonly<Record<string, MetricDefinition>>, Made>(
  table: Table,
  make: (row: Table[keyof Table]) => Made,
) =>
  // The names of the table, and something made for each.
  Object.fromEntries(Object.entries(table).map(([name, row]) => [name, make(row as Table[keyof Table])])) as {
    readonly [Name in keyof Table]: Made
  }
