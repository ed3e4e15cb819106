import type { RouteCondition } from './condition.js'
import { isPattern } from './header-pattern.js'

interface Fault {
  readonly problem: string
  readonly fix: string
}

/** Whether something is a condition as far as its shape goes: what it holds is looked at by `conditionProblems`. */
export function isCondition(input: unknown): input is RouteCondition {
  if (typeof input !== 'object' || input === null) return false
  const kind: unknown = Reflect.get(input, 'kind')
  if (kind === 'otherwise') return true
  if (kind === 'header') return isNamed(input) && Array.isArray(Reflect.get(input, 'patterns'))
  if (kind === 'field') return isNamed(input) && Array.isArray(Reflect.get(input, 'values'))
  if (kind !== 'all' && kind !== 'any') return false
  const of: unknown = Reflect.get(input, 'of')
  return Array.isArray(of) && of.every(isCondition)
}

const isNamed = (input: object): boolean => typeof Reflect.get(input, 'name') === 'string'

/** What is wrong inside a condition, all of it. */
export function conditionProblems(when: RouteCondition): readonly Fault[] {
  switch (when.kind) {
    case 'header':
      return headerProblems(when.name, when.patterns)
    case 'field':
      return fieldProblems(when.name, when.values)
    case 'all':
    case 'any':
      return when.of.length === 0
        ? [{ problem: `${when.kind}Of has no conditions`, fix: 'name at least one' }]
        : when.of.flatMap(innerProblems)
    case 'otherwise':
      return []
    default:
      return unreachable(when)
  }
}

const innerProblems = (when: RouteCondition): readonly Fault[] =>
  when.kind === 'otherwise'
    ? [{ problem: 'otherwise stands inside another condition', fix: 'write when: otherwise and nothing else' }]
    : conditionProblems(when)

function headerProblems(name: string, patterns: readonly unknown[]): readonly Fault[] {
  if (name === '')
    return [{ problem: 'headerIs has an empty name', fix: "name the header: headerIs('event-type', ...)" }]
  if (patterns.length === 0) {
    const fix = `name at least one, or '*' for any value: headerIs('${name}', '*')`
    return [{ problem: `headerIs('${name}') has no values`, fix }]
  }
  const fix = "write the whole value, or one * at its end or its start: 'order.*', '*.error'"
  return patterns.flatMap((one) =>
    isPattern(one) ? [] : [{ problem: `${JSON.stringify(one)} is no pattern for the header ${name}`, fix }],
  )
}

function fieldProblems(name: string, values: readonly unknown[]): readonly Fault[] {
  if (name === '') return [{ problem: 'fieldIs has an empty name', fix: "name the field: fieldIs('kind', ...)" }]
  if (values.length === 0) return [{ problem: `fieldIs('${name}') has no values`, fix: 'name at least one' }]
  const fix = 'compare with a string, a number or a boolean'
  return values.flatMap((one) =>
    ['string', 'number', 'boolean'].includes(typeof one) && !Number.isNaN(one)
      ? []
      : [{ problem: `${String(one)} is no value for the field ${name}`, fix }],
  )
}

const unreachable = (value: never): never => {
  throw new TypeError(`unknown condition ${JSON.stringify(value)}`)
}
