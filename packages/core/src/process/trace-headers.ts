import type { RawHeader } from '../receive/record.js'

const traceparent = Buffer.from('traceparent')
const tracestate = Buffer.from('tracestate')
/** W3C Trace Context and W3C Baggage. */
const names = [traceparent, tracestate, Buffer.from('baggage')]

/** The trace context of a record; of a name that repeats the last one, which is the one that counts. */
export function traceHeadersOf(headers: readonly RawHeader[]): readonly RawHeader[] {
  if (headers.length === 0) return headers
  return names.flatMap((name) => {
    const found = headers.findLast(([own, value]) => value !== null && own.equals(name))
    return found === undefined ? [] : [found]
  })
}

/** Adds what a record does not set itself. A `tracestate` belongs to its parent: another parent does not get it. */
export function withTrace(own: readonly RawHeader[], trace: readonly RawHeader[]): readonly RawHeader[] {
  if (trace.length === 0) return own
  if (own.length === 0) return trace
  const isSet = (name: Buffer): boolean => own.some(([other]) => other.equals(name))
  const hasParent = isSet(traceparent)
  return [...own, ...trace.filter(([name]) => !isSet(name) && !(hasParent && name.equals(tracestate)))]
}
