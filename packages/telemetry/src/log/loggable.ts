import { describeThrown } from './describe-thrown.js'
import { isSecretName, redacted, redactText } from './redact-text.js'
import { shortKey } from './short-key.js'

const maxDepth = 4
const maxItems = 50

export interface LoggableOptions {
  /** Whether a field `key`, the key of a record, is shown: at most 64 bytes, escaped. */
  readonly key: boolean
}

/**
 * Fields as they may be written to a log: bytes only as their number, so that no payload gets there by accident; record
 * keys short and escaped; secrets, known by their names, redacted; errors as text; bigints as numbers where JSON readers
 * keep them exact.
 */
export function loggable(fields: object, { key }: LoggableOptions): Record<string, unknown> {
  const { key: recordKey, ...others } = { key: undefined, ...fields }
  const shown = plain(others, maxDepth)
  return key && recordKey !== undefined ? { ...shown, key: shortKey(recordKey) } : shown
}

function plain(fields: object, depth: number): Record<string, unknown> {
  const shown = new Map<string, unknown>()
  for (const [name, value] of Object.entries(fields).slice(0, maxItems)) {
    const text = isSecretName(name) && value !== undefined ? redacted : show(value, depth - 1)
    if (text !== undefined) shown.set(name, text)
  }
  return Object.fromEntries(shown)
}

function show(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value)
    case 'bigint':
      return isExact(value) ? Number(value) : String(value)
    case 'symbol':
      return String(value)
    case 'function':
      return undefined
    case 'object':
      return value === null ? null : showObject(value, depth)
    default:
      return value
  }
}

function showObject(value: object, depth: number): unknown {
  if (value instanceof Error) return describeThrown(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `<${value.byteLength} bytes>`
  if (value instanceof Map || value instanceof Set) return `<${value.size} items>`
  if (Array.isArray(value)) {
    return depth > 0 ? value.slice(0, maxItems).map((item) => show(item, depth - 1)) : `<${value.length} items>`
  }
  return depth > 0 ? plain(value, depth) : '<object>'
}

const isExact = (value: bigint): boolean =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
