import type { ApiName } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { FaultAction, FaultRule } from './fault-rule.js'
import { apiNames, canName, isApiName } from './request-shape.js'

/** What is wrong with a rule, in sentences; nothing where it can strike. A rule that does nothing yet is no problem. */
export function checkRule(rule: FaultRule): string[] {
  return [
    ...checkApis(rule),
    ...checkNames(rule),
    ...checkCounts(rule),
    ...rule.actions.flatMap((action) => checkAction(action, rule)),
    ...checkTogether(rule.actions),
  ]
}

const checkApis = (rule: FaultRule): string[] =>
  rule.on
    .filter((api) => !isApiName(api))
    .map((api) => `"${String(api)}" is no API that this broker speaks; it speaks ${apiNames.join(', ')}`)

/** The APIs that a rule is for. */
const apisOf = (rule: FaultRule): readonly ApiName[] => (rule.on.length > 0 ? rule.on.filter(isApiName) : apiNames)

type Named = Parameters<typeof canName>[1]
const nameable: readonly (readonly [Named, string])[] = [
  ['topic', 'topic'],
  ['partition', 'partition'],
  ['group', 'group'],
  ['transactionalId', 'transactional id'],
]

const someCanName = (rule: FaultRule, what: Named): boolean => apisOf(rule).some((api) => canName(api, what))

const checkNames = (rule: FaultRule): string[] =>
  nameable
    .filter(([what]) => rule[what] !== undefined && !someCanName(rule, what))
    .map(([, words]) => `${rule.on.join(' and ')} requests name no ${words}, so a rule for one never strikes`)

const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least

function checkCounts(rule: FaultRule): string[] {
  const { partition, nth, every, after, times, chance, chanceSeed } = rule
  return [
    partition === undefined || isCount(partition, 0) ? '' : `partition ${partition} is no whole number from 0`,
    nth === undefined || (nth.length > 0 && nth.every((match) => isCount(match, 1)))
      ? ''
      : `nth(${nth.join(', ')}) is not made of whole numbers from 1`,
    every === undefined || isCount(every, 1) ? '' : `every(${every}) is no whole number from 1`,
    after === undefined || isCount(after, 0) ? '' : `after(${after}) is no whole number from 0`,
    times === undefined || isCount(times, 1) ? '' : `times(${times}) is no whole number from 1`,
    chanceSeed === undefined || Number.isSafeInteger(chanceSeed) ? '' : `${chanceSeed} is no whole number for a seed`,
    chanceSeed === undefined || chance !== undefined ? '' : 'a seed for chance needs a chance',
    chance === undefined || (chance > 0 && chance <= 1) ? '' : `chance(${chance}) is not above 0 and at most 1`,
  ].filter((problem) => problem !== '')
}

/** Beyond this a timer of Node fires at once. */
const longestMs = 2 ** 31 - 1
const isTime = (ms: number): boolean => ms >= 0 && ms <= longestMs

function checkAction(action: FaultAction, rule: FaultRule): string[] {
  switch (action.kind) {
    case 'error':
      return Object.hasOwn(errorCode, action.error) && errorCode[action.error] !== 0
        ? []
        : [`"${String(action.error)}" is no error of Kafka's; write its name, such as NOT_LEADER_OR_FOLLOWER`]
    case 'delay':
    case 'delayAnswer':
    case 'throttle':
    case 'holdMarkers':
      return isTime(action.ms) ? [] : [`${action.kind} wants a time such as '200ms' or '2s', of at most 24 days`]
    case 'restart':
      return isTime(action.downMs) ? [] : ["restart wants a time such as '200ms' or '2s', of at most 24 days"]
    case 'forceRebalance':
    case 'expireMember':
      return action.group !== undefined || rule.group !== undefined || someCanName(rule, 'group')
        ? []
        : [`${action.kind} needs to be told the group: ${rule.on.join(' and ')} requests name none`]
    case 'fenceProducer':
      return action.transactionalId !== undefined || someCanName(rule, 'transactionalId')
        ? []
        : [`fenceProducer needs to be told the transactional id: ${rule.on.join(' and ')} requests name none`]
    case 'truncateHead':
      return checkTruncate(action, rule)
    default:
      return []
  }
}

function checkTruncate(action: Extract<FaultAction, { kind: 'truncateHead' }>, rule: FaultRule): string[] {
  const { topic, partition, to } = action
  return [
    topic !== undefined || someCanName(rule, 'topic')
      ? ''
      : `truncateHead needs to be told the topic: ${rule.on.join(' and ')} requests name none`,
    partition === undefined || isCount(partition, 0) ? '' : `partition ${partition} is no whole number from 0`,
    to === undefined || isCount(to, 0) ? '' : `offset ${to} is no whole number from 0`,
  ].filter((problem) => problem !== '')
}

const notApplied: ReadonlySet<string> = new Set(['error', 'close', 'drop', 'stall'])
const noAnswer: ReadonlySet<string> = new Set(['close', 'drop', 'stall'])
const lost: ReadonlySet<string> = new Set(['dropAnswer', 'swallowAnswer', 'halfAnswer'])
const late: ReadonlySet<string> = new Set(['delayAnswer', 'throttle'])

/** One request has one fate. */
function checkTogether(actions: readonly FaultAction[]): string[] {
  const kinds = actions.map(({ kind }) => kind)
  const among = (set: ReadonlySet<string>): string[] => kinds.filter((kind) => set.has(kind))
  const both = (some: readonly string[]): string => `${some.join(' and ')} cannot happen to the same request`
  const [unapplied, unanswered, losses] = [among(notApplied), among(noAnswer), among(lost)]
  return [
    unapplied.length > 1 ? both(unapplied) : '',
    losses.length > 1 ? both(losses) : '',
    unanswered.length === 1 && losses.length === 1 ? both([...unanswered, ...losses]) : '',
    unanswered.length === 1 && among(late).length > 0 ? both([...unanswered, ...among(late)]) : '',
  ].filter((problem) => problem !== '')
}
