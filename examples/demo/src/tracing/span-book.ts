import type { LogLine } from '../stage/log-book.js'

export interface Span {
  readonly service: string
  readonly name: string
  readonly spanId: string
  readonly parentId: string | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly durationMs: number
  /** Of one that failed. */
  readonly error: string | undefined
  /** Of the handler; undefined where the span is no attempt. */
  readonly attempt: number | undefined
  readonly group: string | undefined
}

/** The spans that services wrote into their logs, by trace. */
export interface SpanBook {
  add(line: LogLine): void
  /** In the order in which they began. */
  spansOf(traceId: string): readonly Span[]
  readonly traces: number
  readonly spans: number
}

export function createSpanBook(): SpanBook {
  const byTrace = new Map<string, Span[]>()
  return {
    add({ service, msg, fields }) {
      if (msg !== 'span') return
      const text = (name: string): string | undefined => textIn(fields, name)
      const traceId = text('traceId') ?? ''
      const attributes = new Map(Object.entries(Object(fields['attributes'])))
      const attempt = attributes.get('millrace.attempt')
      const group = attributes.get('messaging.consumer.group.name')
      const span: Span = {
        service,
        name: text('name') ?? '?',
        spanId: text('spanId') ?? '',
        parentId: text('parentId'),
        startedAt: Number(fields['startedAt']),
        durationMs: Number(fields['durationMs']),
        error: text('error'),
        attempt: typeof attempt === 'number' ? attempt : undefined,
        group: typeof group === 'string' ? group : undefined,
      }
      byTrace.set(traceId, [...(byTrace.get(traceId) ?? []), span])
    },
    spansOf: (traceId) => (byTrace.get(traceId) ?? []).toSorted((a, b) => a.startedAt - b.startedAt),
    get traces() {
      return byTrace.size
    },
    get spans() {
      return [...byTrace.values()].reduce((sum, spans) => sum + spans.length, 0)
    },
  }
}

function textIn(fields: LogLine['fields'], name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' ? value : undefined
}
