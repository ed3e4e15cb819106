import { failRequest } from './error-answer.js'
import type { Call, FaultVerdict } from './fault-gate.js'
import type { FaultAction, FaultKind, FaultRule } from './fault-rule.js'
import { isFields } from './fields.js'
import { isApiName } from './request-shape.js'

type Struck = { readonly rule: FaultRule; readonly action: FaultAction }

/**
 * What becomes of a request that these rules struck. Waits add up, the longest throttle counts, errors of several rules go to the
 * partitions that each names; of several other fates the first rule decides. A request that is not applied cannot lose its answer.
 */
export function verdictOf(call: Call, rules: readonly FaultRule[]): FaultVerdict | undefined {
  const struck = rules.flatMap((rule) => rule.actions.map((action) => ({ rule, action })))
  const throttleMs = Math.max(0, ...times(struck, 'throttle'))
  const fate = fateOf(call, struck)
  // Where nothing is applied, a late answer and a late start are the same.
  const isApplied = fate.instead === undefined
  const delayMs = sum(struck, 'delay') + (isApplied ? 0 : sum(struck, 'delayAnswer'))
  const answerDelayMs = isApplied ? sum(struck, 'delayAnswer') : 0
  const verdict: FaultVerdict = {
    ...(delayMs > 0 && { delayMs }),
    ...(answerDelayMs > 0 && { answerDelayMs }),
    ...(throttleMs > 0 && { throttleMs }),
    ...fate,
    ...(throttleMs > 0 && { edit: throttled(throttleMs, fate.edit) }),
  }
  return Object.keys(verdict).length === 0 ? undefined : verdict
}

type Fate = Pick<FaultVerdict, 'instead' | 'request' | 'edit' | 'after'>

function fateOf(call: Call, struck: readonly Struck[]): Fate {
  const kinds = struck.map(({ action }) => action.kind)
  const unapplied = kinds.find((kind) => kind === 'close' || kind === 'drop' || kind === 'stall')
  if (unapplied !== undefined) return { instead: unapplied }

  const lost = kinds.find((kind) => kind === 'dropAnswer' || kind === 'swallowAnswer' || kind === 'halfAnswer')
  const errors = struck.flatMap(({ rule, action }) => (action.kind === 'error' ? { rule, error: action.error } : []))
  const failed: Fate = errors.length > 0 && isApiName(call.api) ? failRequest({ ...call, api: call.api }, errors) : {}
  if (lost !== undefined) return { ...failed, after: lost }
  // Nobody is there to answer when the broker goes down, and a restart alone applies nothing.
  const goesDown = kinds.includes('restart') && failed.instead === undefined
  return goesDown ? { instead: 'close' } : failed
}

const times = (struck: readonly Struck[], kind: FaultKind): number[] =>
  struck.flatMap(({ action }) => (action.kind === kind && 'ms' in action ? action.ms : []))

const sum = (struck: readonly Struck[], kind: FaultKind): number =>
  times(struck, kind).reduce((total, ms) => total + ms, 0)

const throttled =
  (throttleTimeMs: number, inner: ((body: unknown) => unknown) | undefined) =>
  (body: unknown): unknown => {
    const edited = inner === undefined ? body : inner(body)
    return isFields(edited) ? { ...edited, throttleTimeMs } : edited
  }
