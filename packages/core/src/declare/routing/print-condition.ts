import type { RouteCondition } from './condition.js'

/** A condition as it was written: `allOf(headerIs('event-type', 'order.*'), fieldIs('country', 'DE'))`. */
export function printCondition(when: RouteCondition): string {
  switch (when.kind) {
    case 'header':
      return call('headerIs', [when.name, ...when.patterns].map(literal))
    case 'field':
      return call('fieldIs', [when.name, ...when.values].map(literal))
    case 'all':
      return call('allOf', when.of.map(printCondition))
    case 'any':
      return call('anyOf', when.of.map(printCondition))
    case 'otherwise':
      return 'otherwise'
    default:
      return unreachable(when)
  }
}

const call = (name: string, given: readonly string[]): string => `${name}(${given.join(', ')})`

/** In single quotes, with everything escaped that could break a line of a log. */
const literal = (value: unknown): string =>
  typeof value === 'string'
    ? `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    : String(value)

const unreachable = (value: never): never => {
  throw new TypeError(`unknown condition ${JSON.stringify(value)}`)
}
