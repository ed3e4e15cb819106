import type { DeliveryReport, OutgoingRecord, RawHeader, Sender, TransactionalSender } from '@millrace/core'
import type { Attributes, Context, Link, Span } from '@opentelemetry/api'
import type { SendMeter } from './meter-records.js'
import { spanName, system } from './conventions.js'
import { headerGetter, withContext } from './record-headers.js'
import { injected, recordError } from './trace-attempts.js'
import type { TracingParts } from './tracing-parts.js'

/** Sends a record, by whichever sender. */
type Send = (record: OutgoingRecord) => Promise<DeliveryReport>

/** What sees a record that is sent. Both are left out where nobody listens. */
export interface SendWatch {
  readonly tracing: TracingParts | undefined
  readonly meter: SendMeter | undefined
}

/** A sender whose records have a span `send T` each, and carry its context. */
export function watchSender(sender: Sender, watch: SendWatch): Sender {
  return {
    send: (record, signal) => watchedSend(record, (own) => sender.send(own, signal), watch),
    flush: (options) => sender.flush(options),
    close: (options) => sender.close(options),
  }
}

/** The same for the records of transactions. */
export function watchTransactions(sender: TransactionalSender, watch: SendWatch): TransactionalSender {
  return {
    begin() {
      const transaction = sender.begin()
      return {
        send: (record) => watchedSend(record, (own) => transaction.send(own), watch),
        commit: (offsets, signal) => transaction.commit(offsets, signal),
        abort: () => transaction.abort(),
      }
    },
    close: () => sender.close(),
  }
}

async function watchedSend(record: OutgoingRecord, send: Send, { tracing, meter }: SendWatch): Promise<DeliveryReport> {
  const begun = tracing === undefined ? undefined : harmless(() => beginSpan(record, tracing))
  const startedAt = performance.now()
  const ended = (error: Error | undefined): void => {
    meter?.(record.topic, performance.now() - startedAt, error)
    if (tracing !== undefined && error !== undefined && begun !== undefined) recordError(tracing, begun.span, error)
    begun?.span.end()
  }
  try {
    const report = await send(begun?.record ?? record)
    harmless(() => {
      if (begun?.span.isRecording() === true) begun.span.setAttributes(begun.placeOf(report))
      ended(undefined)
    })
    return report
  } catch (thrown) {
    harmless(() => ended(thrown instanceof Error ? thrown : new Error(String(thrown))))
    throw thrown
  }
}

function harmless<Result>(call: () => Result): Result | undefined {
  try {
    return call()
  } catch {
    return undefined // a broken exporter or propagator costs a span, and never a record
  }
}

interface BegunSend {
  readonly span: Span
  readonly record: OutgoingRecord
  readonly placeOf: (report: DeliveryReport) => Attributes
}

/**
 * A child of what is active: a request, the attempt of a handler. Where nothing is, of what the record carries (an output in its
 * transaction). A context that the record carries stays in it: of a dead letter that is the original one, and the span has a link to it.
 */
function beginSpan(record: OutgoingRecord, { api, tracer, describe, clientId }: TracingParts): BegunSend {
  const own: readonly RawHeader[] = record.headers ?? []
  const carried: Context =
    own.length === 0 ? api.ROOT_CONTEXT : api.propagation.extract(api.ROOT_CONTEXT, own, headerGetter)
  const origin = api.trace.getSpanContext(carried)
  const active = api.context.active()
  const isInside = api.trace.getSpan(active) !== undefined
  const links: Link[] = isInside && origin !== undefined ? [{ context: origin }] : []
  const parent = isInside ? active : carried
  const { topic, partition, value } = record
  const attributes = describe({
    ...{ system, operation: 'send', operationType: 'send', topic, clientId },
    ...(partition === undefined ? {} : { partition: String(partition) }),
    ...(value === null ? { isTombstone: true } : {}),
  })
  const span = tracer.startSpan(spanName('send', topic), { kind: api.SpanKind.PRODUCER, attributes, links }, parent)
  const placeOf = (report: DeliveryReport): Attributes =>
    describe({ partition: String(report.partition), offset: Number(report.offset) })
  if (origin !== undefined) return { span, record, placeOf }
  const headers = withContext(own, injected({ api }, api.trace.setSpan(parent, span)))
  return { span, record: { ...record, headers }, placeOf }
}
