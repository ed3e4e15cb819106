import { durationText } from './duration.js'
import type { FaultAction, FaultRule, FieldPattern } from './fault-rule.js'

/** The line of a test that makes a rule: `on('Produce').topic('orders').nth(3).dropAnswer()`. */
export function printRule(rule: FaultRule): string {
  const calls = [
    call('on', ...rule.on.map(text)),
    optional('topic', rule.topic),
    optional('partition', rule.partition),
    optional('clientId', rule.clientId),
    optional('group', rule.group),
    optional('transactionalId', rule.transactionalId),
    rule.with === undefined ? undefined : call('with', pattern(rule.with)),
    rule.when === undefined ? undefined : call('when', text(rule.when), `predicates[${text(rule.when)}]`),
    rule.nth === undefined ? undefined : call('nth', ...rule.nth.map(String)),
    optional('every', rule.every),
    optional('after', rule.after),
    rule.times === 1 ? call('once') : optional('times', rule.times),
    rule.chance === undefined ? undefined : call('chance', ...[rule.chance, rule.chanceSeed ?? []].flat().map(String)),
    ...rule.actions.map(printAction),
  ]
  return calls.filter((part) => part !== undefined).join('.')
}

function printAction(action: FaultAction): string {
  switch (action.kind) {
    case 'error':
      return call(action.kind, text(action.error))
    case 'delay':
    case 'delayAnswer':
    case 'throttle':
      return call(action.kind, text(durationText(action.ms)))
    case 'forceRebalance':
      return call(action.kind, ...given(action.group))
    case 'fenceProducer':
      return call(action.kind, ...given(action.transactionalId))
    case 'holdMarkers':
      return call(action.kind, text(durationText(action.ms)), ...given(action.transactionalId))
    case 'restart':
      return call(action.kind, ...(action.downMs === 0 ? [] : [text(durationText(action.downMs))]))
    case 'truncateHead':
    case 'expireMember': {
      const { kind, ...facts } = action
      return call(kind, ...(Object.keys(facts).length === 0 ? [] : [pattern(facts)]))
    }
    default:
      return call(action.kind)
  }
}

const call = (name: string, ...args: string[]): string => `${name}(${args.join(', ')})`

const optional = (name: string, value: string | number | undefined): string | undefined =>
  value === undefined ? undefined : call(name, typeof value === 'string' ? text(value) : String(value))

const given = (value: string | undefined): string[] => (value === undefined ? [] : [text(value)])

/** A string as code, in single quotes. */
function text(value: string): string {
  const inner = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner}'`
}

function pattern(value: FieldPattern): string {
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).map(([field, inner]) => `${fieldName(field)}: ${pattern(inner)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

/** `__proto__` in code would set a prototype. */
const fieldName = (name: string): string =>
  name === '__proto__' ? `['__proto__']` : /^[a-zA-Z_$][\w$]*$/.test(name) ? name : text(name)
