import type { Condition } from './condition.js'
import type { FieldValue } from './field-condition.js'
import { exampleOf, type HeaderPattern, intersect, parsePattern } from './header-pattern.js'

/** A record that two conditions would both take, by what they look at. */
export interface OverlappingRecord {
  readonly headers: ReadonlyMap<string, string>
  readonly fields: ReadonlyMap<string, FieldValue>
}

/** One way to meet a condition: all of these together. */
interface Way {
  readonly headers: ReadonlyMap<string, HeaderPattern>
  readonly fields: ReadonlyMap<string, FieldValue>
}

/** Ways that are looked at: conditions with more are made by programs, and are not worth the time. */
const maxWays = 10_000

/**
 * Whether one record can meet both conditions: an example of such a record, undefined where there is none, or `undecided`
 * where the conditions have too many ways to be met. Exact as far as the conditions go: that a producer never writes such a
 * record is not known here.
 */
export function findOverlap(one: Condition, other: Condition): OverlappingRecord | 'undecided' | undefined {
  const way = waysOf({ kind: 'all', of: [one, other] })
  if (way === undefined) return 'undecided'
  const [first] = way
  if (first === undefined) return undefined
  const headers = new Map([...first.headers].map(([name, pattern]) => [name, exampleOf(pattern)]))
  return { headers, fields: first.fields }
}

/** Every way to meet a condition; undefined where there are too many. */
function waysOf(when: Condition): readonly Way[] | undefined {
  switch (when.kind) {
    case 'header':
      return when.patterns.map((one) => ({ headers: new Map([[when.name, parsePattern(one)]]), fields: new Map() }))
    case 'field':
      return when.values.map((one) => ({ headers: new Map(), fields: new Map([[when.name, one]]) }))
    case 'any':
      return when.of.reduce<readonly Way[] | undefined>((all, one) => limited(all, waysOf(one), add), [])
    case 'all':
      return when.of.reduce<readonly Way[] | undefined>((all, one) => limited(all, waysOf(one), multiply), [nothing])
    default:
      return unreachable(when)
  }
}

const nothing: Way = { headers: new Map(), fields: new Map() }

type Combine = (some: readonly Way[], more: readonly Way[]) => readonly Way[]

const limited = (
  some: readonly Way[] | undefined,
  more: readonly Way[] | undefined,
  combine: Combine,
): readonly Way[] | undefined => {
  if (some === undefined || more === undefined) return undefined
  const atMost = combine === add ? some.length + more.length : some.length * more.length
  return atMost > maxWays ? undefined : combine(some, more)
}

const add: Combine = (some, more) => [...some, ...more]

const multiply: Combine = (some, more) => some.flatMap((one) => more.flatMap((other) => together(one, other) ?? []))

/** Undefined where the two contradict each other. */
function together(one: Way, other: Way): Way | undefined {
  const headers = new Map(one.headers)
  for (const [name, pattern] of other.headers) {
    const own = headers.get(name)
    const both = own === undefined ? pattern : intersect(own, pattern)
    if (both === undefined) return undefined
    headers.set(name, both)
  }
  const fields = new Map(one.fields)
  for (const [name, value] of other.fields) {
    if (fields.has(name) && fields.get(name) !== value) return undefined
    fields.set(name, value)
  }
  return { headers, fields }
}

const unreachable = (value: never): never => {
  throw new TypeError(`unknown condition ${JSON.stringify(value)}`)
}
