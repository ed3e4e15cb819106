import type { RouteCondition } from '../declare/routing/condition.js'
import type { RawHeader } from '../receive/record.js'

/** What is known of a record when its handler is chosen: its headers, and what it was decoded to, once it is. */
export interface KnownRecord {
  readonly headers: readonly RawHeader[]
  /** Left out: not known yet. */
  readonly decoded?: { readonly message: unknown }
}

/** Undefined: it takes the decoded record to tell. */
export type Matches = (record: KnownRecord) => boolean | undefined

/** Makes a condition a function, once per handler: what is compared with bytes is bytes. */
export function matchCondition(when: RouteCondition): Matches {
  switch (when.kind) {
    case 'header': {
      const name = Buffer.from(when.name)
      const patterns = when.patterns.map(matchPattern)
      return ({ headers }) => {
        const value = headers.findLast(([own]) => own.equals(name))?.[1]
        return value !== undefined && value !== null && patterns.some((fits) => fits(value))
      }
    }
    case 'field': {
      const values = new Set<unknown>(when.values)
      return ({ decoded }) => (decoded === undefined ? undefined : values.has(fieldOf(decoded.message, when.name)))
    }
    case 'all':
      return untilOneIs(false, when.of.map(matchCondition))
    case 'any':
      return untilOneIs(true, when.of.map(matchCondition))
    case 'otherwise':
      return () => true
    default:
      return unreachable(when)
  }
}

/** Three-valued: one that decides outweighs those that are not known. */
const untilOneIs =
  (deciding: boolean, parts: readonly Matches[]): Matches =>
  (record) => {
    let isKnown = true
    for (const matches of parts) {
      const part = matches(record)
      if (part === deciding) return deciding
      if (part === undefined) isKnown = false
    }
    return isKnown ? !deciding : undefined
  }

/** The bytes of UTF-8 begin and end with those of a text exactly where the text does. */
function matchPattern(pattern: string): (value: Buffer) => boolean {
  if (pattern.endsWith('*')) {
    const prefix = Buffer.from(pattern.slice(0, -1))
    return (value) => value.subarray(0, prefix.length).equals(prefix)
  }
  if (pattern.startsWith('*')) {
    const suffix = Buffer.from(pattern.slice(1))
    return (value) => value.subarray(Math.max(0, value.length - suffix.length)).equals(suffix)
  }
  const exact = Buffer.from(pattern)
  return (value) => value.equals(exact)
}

function fieldOf(message: unknown, name: string): unknown {
  if (typeof message !== 'object' || message === null) return undefined
  try {
    return Reflect.get(message, name)
  } catch {
    return undefined // a getter that throws has no value to compare: another handler takes the record, or nobody
  }
}

const unreachable = (value: never): never => {
  throw new TypeError(`unknown condition ${JSON.stringify(value)}`)
}
