import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** A SDK as an application registers it, which keeps what it would export. */
export function registerSdk({ sampler }: { readonly sampler?: Sampler } = {}) {
  const exporter = new InMemorySpanExporter()
  const spanProcessors = [new SimpleSpanProcessor({ exporter })]
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors, ...(sampler === undefined ? {} : { sampler }) }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  return {
    spans: () => exporter.getFinishedSpans(),
    async points(name: string) {
      metricExporter.reset()
      await reader.forceFlush()
      const scopes = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
      const found = scopes.flatMap((scope) => scope.metrics).filter(({ descriptor }) => descriptor.name === name)
      return found.flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => ({ attributes, value })))
    },
    async close() {
      await reader.shutdown()
      for (const part of [trace, context, propagation, metrics]) part.disable()
    },
  }
}

/** What a test looks at. */
export function outlineOf(span: ReadableSpan) {
  const { name, kind, attributes, links, status, events, parentSpanContext } = span
  const { traceId, spanId } = span.spanContext() // of an object with a prototype
  return {
    ...{ name, kind, attributes, status: status.code, events: events.map((event) => event.name) },
    ...{ traceId, spanId, parentId: parentSpanContext?.spanId, links: links.map((link) => link.context.spanId) },
  }
}
