import { isUtf8 } from 'node:buffer'
import type { AttemptedHandler, AttemptedRecord, AttemptEnd, RawHeader, RecordTrace } from '@millrace/core'
import type { Context, Link, Span } from '@opentelemetry/api'
import { redactText } from '../log/redact-text.js'
import { spanName, system } from './conventions.js'
import { headerGetter, headerSetter } from './record-headers.js'
import type { TracingParts } from './tracing-parts.js'

const maxKeyBytes = 128
const noHeaders: readonly RawHeader[] = []

/**
 * One span `process T` per attempt, its context active while the handler runs. `parent`: a child of the span that sent the record, so
 * that one trace shows all of it. `link`: a trace of its own, linked to that span.
 */
export function traceAttempts(
  parts: TracingParts,
): (record: AttemptedRecord, handler: AttemptedHandler) => RecordTrace {
  const { api, tracer, describe, mode, clientId } = parts
  const isLinked = mode === 'link'

  return (record, handler) => {
    const { raw, source, offset, attempt, trace: before } = record
    const { topic, partition, generation } = source
    const carried =
      raw.headers.length === 0 ? api.ROOT_CONTEXT : api.propagation.extract(api.ROOT_CONTEXT, raw.headers, headerGetter)
    const origin = api.trace.getSpanContext(carried)
    const links: Link[] = isLinked && origin !== undefined ? [{ context: origin }] : []
    if (before instanceof AttemptSpan) links.push({ context: before.span.spanContext() })
    const parent = isLinked ? api.trace.deleteSpan(carried) : carried
    const attributes = describe({
      ...{ system, operation: 'process', operationType: 'process', topic, partition: String(partition) },
      ...{ group: handler.group, offset: Number(offset), handler: handler.name, attempt, generation, clientId },
      ...(raw.value === null ? { isTombstone: true } : {}),
    })
    const span = tracer.startSpan(
      spanName('process', topic),
      { kind: api.SpanKind.CONSUMER, attributes, links },
      parent,
    )
    const key = raw.key
    if (key !== null && span.isRecording() && key.length <= maxKeyBytes && isUtf8(key))
      span.setAttributes(describe({ key: redactText(key.toString('utf8')) }))
    return new AttemptSpan(parts, span, api.trace.setSpan(parent, span), handler)
  }
}

class AttemptSpan implements RecordTrace {
  readonly traceId: string
  readonly spanId: string
  #headers: readonly RawHeader[] | undefined

  constructor(
    private readonly parts: TracingParts,
    readonly span: Span,
    private readonly context: Context,
    private readonly handler: AttemptedHandler,
  ) {
    const { traceId, spanId } = span.spanContext()
    this.traceId = traceId
    this.spanId = spanId
  }

  run<Result>(call: () => Result): Result {
    return this.parts.api.context.with(this.context, call)
  }

  headers(): readonly RawHeader[] {
    this.#headers ??= injected(this.parts, this.context)
    return this.#headers
  }

  end(end: AttemptEnd, handler: AttemptedHandler): void {
    const { span, parts } = this
    if (span.isRecording()) {
      const { describe } = parts
      span.setAttributes(describe({ outcome: end.kind }))
      if (handler !== this.handler) span.setAttributes(describe({ handler: handler.name }))
      if (end.kind === 'failed') {
        span.setAttributes(describe({ stage: end.failure.stage }))
        recordError(parts, span, end.failure.error)
      }
    }
    span.end()
  }
}

/** A context as record headers. */
export function injected({ api }: Pick<TracingParts, 'api'>, context: Context): readonly RawHeader[] {
  const headers: RawHeader[] = []
  api.propagation.inject(context, headers, headerSetter)
  return headers.length === 0 ? noHeaders : headers
}

/** Messages and stacks pass the same filter as in logs: a trace is read by as many people. */
export function recordError({ api, describe, errorType }: TracingParts, span: Span, error: Error): void {
  const type = errorType(error)
  const { message, stack } = error
  span.setAttributes(describe({ errorType: type }))
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: redactText(String(message)) })
  span.recordException({
    name: type,
    message: redactText(String(message)),
    ...(typeof stack === 'string' ? { stack: redactText(stack) } : {}),
  })
}
