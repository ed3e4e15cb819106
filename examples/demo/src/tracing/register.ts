/**
 * Loaded before a service by `--import`, as an SDK is in production: millrace traces because one is registered. Its exporter writes each
 * span as a line of the log, which the demo reads as it reads all others.
 */
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { ExportResultCode, hrTimeToMilliseconds, W3CTraceContextPropagator } from '@opentelemetry/core'
import { type ReadableSpan, SimpleSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'

function lineOf(span: ReadableSpan): string {
  const { name, startTime, duration, status, attributes, parentSpanContext } = span
  const { traceId, spanId } = span.spanContext()
  const times = { startedAt: hrTimeToMilliseconds(startTime), durationMs: hrTimeToMilliseconds(duration) }
  const facts = {
    name,
    traceId,
    spanId,
    parentId: parentSpanContext?.spanId,
    ...times,
    error: status.message,
    attributes,
  }
  return JSON.stringify({ msg: 'span', ...facts })
}

const exporter: SpanExporter = {
  export(spans, done) {
    for (const span of spans) process.stdout.write(`${lineOf(span)}\n`)
    done({ code: ExportResultCode.SUCCESS })
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
