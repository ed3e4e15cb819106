export {
  createLogger,
  type FlushableLogger,
  type LoggerOptions,
  type LogLevel,
  logLevels,
} from './log/create-logger.js'
export { type EventLogOptions, logWorkerEvents, type LogSampling } from './log/log-worker-events.js'
export { createMetrics, type Metrics, type MetricsOptions } from './metrics/create-metrics.js'
export {
  counterDefinitions,
  gaugeDefinitions,
  type HistogramDefinition,
  histogramDefinitions,
  type MetricDefinition,
} from './metrics/metric-definitions.js'
export { type AdminServerOptions, createAdminServer } from './ops/admin/create-admin-server.js'
export { minTokenLength } from './ops/admin/token.js'
export { createOpsServer, type OpsServer, type OpsServerOptions } from './ops/create-ops-server.js'
export { createTracing, type Tracing, type TracingOptions } from './tracing/create-tracing.js'
export type { TraceMode } from './tracing/tracing-parts.js'
export { joinInstruments } from './join-instruments.js'
