import type { RawHeader } from '@millrace/core'
import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api'

const isNamed = (bytes: Buffer, name: string): boolean =>
  bytes.length === Buffer.byteLength(name) && bytes.toString('utf8') === name

/** Reads the context that a record carries. Where a name repeats, the last one counts. */
export const headerGetter: TextMapGetter<readonly RawHeader[]> = {
  keys: (headers) => headers.map(([name]) => name.toString('utf8')),
  get: (headers, name) => headers.findLast(([own]) => isNamed(own, name))?.[1]?.toString('utf8'),
}

/** Propagators write lower-case names, and a record carries them as UTF-8. */
export const headerSetter: TextMapSetter<RawHeader[]> = {
  set: (headers, name, value) => void headers.push([Buffer.from(name), Buffer.from(value)]),
}

/**
 * What a record carries with a context added. Whatever stands there already stays: only a `traceparent` that is none, and its
 * `tracestate`, are outvoted by one behind it.
 */
export function withContext(own: readonly RawHeader[], carried: readonly RawHeader[]): readonly RawHeader[] {
  if (own.length === 0) return carried
  const isTrace = (name: Buffer): boolean => isNamed(name, 'traceparent') || isNamed(name, 'tracestate')
  return [...own, ...carried.filter(([name]) => isTrace(name) || !own.some(([other]) => other.equals(name)))]
}
