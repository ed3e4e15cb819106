import type { FieldCondition, FieldValue } from './field-condition.js'

/** True for a record whose header of this name has a value that fits one of the patterns. */
export interface HeaderCondition {
  readonly kind: 'header'
  readonly name: string
  readonly patterns: readonly string[]
}

/** True where all of them are. */
export interface AllCondition<Of extends readonly Condition[] = readonly Condition[]> {
  readonly kind: 'all'
  readonly of: Of
}

/** True where one of them is. */
export interface AnyCondition<Of extends readonly Condition[] = readonly Condition[]> {
  readonly kind: 'any'
  readonly of: Of
}

/** What a record has to be like. Plain data: it can be compared, printed and checked before anything runs. */
export type Condition = HeaderCondition | FieldCondition<string, FieldValue> | AllCondition | AnyCondition

/** True for a record that no other handler of its topic takes. */
export interface Otherwise {
  readonly kind: 'otherwise'
}

/** What `when` takes. */
export type RouteCondition = Condition | Otherwise

type Some<Item> = readonly [Item, ...Item[]]

/**
 * Takes records by a header: `headerIs('event-type', 'order.placed', 'order.changed')`. A pattern is the whole value, or has one
 * `*` at its end or its start for any rest: `order.*`, `*.error`; `*` alone is any value. Of a name that repeats the last header
 * counts, read as UTF-8; a record without it, or with null for it, is not taken. Decided before the record is decoded.
 */
export const headerIs = (name: string, ...patterns: Some<string>): HeaderCondition =>
  Object.freeze({ kind: 'header', name, patterns: Object.freeze(patterns) })

/** Takes records that all of these conditions take. */
export const allOf = <const Of extends Some<Condition>>(...of: Of): AllCondition<Of> =>
  Object.freeze({ kind: 'all', of: Object.freeze(of) })

/** Takes records that one of these conditions takes, or several. */
export const anyOf = <const Of extends Some<Condition>>(...of: Of): AnyCondition<Of> =>
  Object.freeze({ kind: 'any', of: Object.freeze(of) })

/** Takes what no other handler of the topic takes: `@Handle(Orders, { when: otherwise })`. */
export const otherwise: Otherwise = Object.freeze({ kind: 'otherwise' })
