import type { ApiName } from '../protocol/apis.js'
import { type ErrorName, errorCode } from '../protocol/error-codes.js'
import { checkRule } from './check-rule.js'
import type { FaultAction, FaultRule, FieldPattern } from './fault-rule.js'
import { isFields } from './fields.js'
import { isApiName } from './request-shape.js'

/** What data says: a rule, or why it is none. */
export type ParsedRule =
  | { readonly rule: FaultRule; readonly problems?: never }
  | { readonly rule?: never; readonly problems: readonly string[] }

type Check<T> = (value: unknown) => value is T

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isNumber)
const isApis = (value: unknown): value is readonly ApiName[] => Array.isArray(value) && value.every(isApiName)
const isError = (value: unknown): value is ErrorName => isText(value) && Object.hasOwn(errorCode, value)
const isPattern = (value: unknown): value is FieldPattern =>
  value === null ||
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (isFields(value) && Object.values(value).every(isPattern))
const isPatterns = (value: unknown): value is { readonly [field: string]: FieldPattern } =>
  isFields(value) && isPattern(value)

const ruleFields = {
  on: isApis,
  topic: isText,
  partition: isNumber,
  clientId: isText,
  group: isText,
  transactionalId: isText,
  with: isPatterns,
  when: isText,
  nth: isNumbers,
  every: isNumber,
  after: isNumber,
  times: isNumber,
  chance: isNumber,
  chanceSeed: isNumber,
  actions: (value): value is readonly FaultAction[] => Array.isArray(value) && value.every(isAction),
} satisfies Record<keyof FaultRule, Check<unknown>>

/** The facts of each action; `needed` are those that it cannot do without. */
const actionFields: {
  readonly [Kind in FaultAction['kind']]: {
    readonly needed?: Readonly<Record<string, Check<unknown>>>
    readonly known?: Readonly<Record<string, Check<unknown>>>
  }
} = {
  error: { needed: { error: isError } },
  delay: { needed: { ms: isNumber } },
  delayAnswer: { needed: { ms: isNumber } },
  throttle: { needed: { ms: isNumber } },
  close: {},
  drop: {},
  stall: {},
  dropAnswer: {},
  swallowAnswer: {},
  halfAnswer: {},
  truncateHead: { known: { topic: isText, partition: isNumber, to: isNumber } },
  forceRebalance: { known: { group: isText } },
  expireMember: { known: { group: isText, member: isText } },
  fenceProducer: { known: { transactionalId: isText } },
  holdMarkers: { needed: { ms: isNumber }, known: { transactionalId: isText } },
  restart: { needed: { downMs: isNumber } },
}

function isAction(value: unknown): value is FaultAction {
  if (!isFields(value) || !isActionKind(value['kind'])) return false
  const { needed = {}, known = {} } = actionFields[value['kind']]
  const { kind: _kind, ...facts } = value
  return (
    Object.entries(needed).every(([name, check]) => check(facts[name])) &&
    Object.entries(facts).every(
      ([name, fact]) => Object.hasOwn(needed, name) || (Object.hasOwn(known, name) && known[name]?.(fact) === true),
    )
  )
}

const isActionKind = (kind: unknown): kind is FaultAction['kind'] => isText(kind) && Object.hasOwn(actionFields, kind)

const isRule = (value: unknown): value is FaultRule =>
  isFields(value) && isApis(value['on']) && 'actions' in value && wrongFields(value).length === 0

const wrongFields = (value: object): string[] =>
  Object.entries(value)
    .filter(([name, field]) => !Object.hasOwn(ruleFields, name) || !checkField(name, field))
    .map(([name, field]) => `${name}: ${shown(field)}`)

const checkField = (name: string, field: unknown): boolean =>
  Object.entries(ruleFields).some(([known, check]) => known === name && check(field))

const shown = (value: unknown): string => (value === undefined ? 'undefined' : JSON.stringify(value).slice(0, 200))

/** Reads a rule from data that nobody has checked. */
export function parseRule(value: unknown): ParsedRule {
  if (!isRule(value)) {
    const wrong = isFields(value) ? wrongFields(value) : []
    const what = wrong.length > 0 ? wrong.join('; ') : `${shown(value)}: "on" and "actions" are needed`
    return { problems: [`means nothing here: ${what}`] }
  }
  const problems = checkRule(value)
  if (value.actions.length === 0) problems.push('nothing happens: "actions" is empty')
  return problems.length > 0 ? { problems } : { rule: value }
}
