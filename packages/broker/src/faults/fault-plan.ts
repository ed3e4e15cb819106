import { FaultError } from './fault-error.js'
import type { FaultRule } from './fault-rule.js'
import type { FaultPredicate } from './match-rule.js'
import type { Fault } from './on.js'
import { parseRule } from './parse-rule.js'
import { printRule } from './print-rule.js'

/** What of a fault is needed to work with it; every `Fault` is one. */
export type FaultSource = Pick<Fault, 'rule' | 'predicates'>

/** Faults in their order, and the seed from which `chance` draws. The same plan on the same requests does the same. */
export interface FaultPlan {
  readonly seed: number
  readonly faults: readonly FaultSource[]
  /** The plan as data: what `parseFaultPlan` reads. */
  toJSON(): FaultPlanData
  /** The plan as code of a test: paste it, and it replays. */
  toString(): string
}

export interface FaultPlanData {
  readonly seed: number
  readonly rules: readonly FaultRule[]
}

/** More is no plan that somebody wrote. */
const maxRules = 10_000

/**
 * Puts faults together: `faultPlan([on('Produce').nth(3).dropAnswer(), ...], { seed: 7 })`. `seed` (default 1) is read by
 * `chance` alone.
 */
export function faultPlan(faults: readonly FaultSource[], { seed = 1 }: { seed?: number } = {}): FaultPlan {
  return {
    seed,
    faults,
    toJSON: () => ({ seed, rules: faults.map(({ rule }) => rule) }),
    toString: () => printPlan(faults, seed),
  }
}

function printPlan(faults: readonly FaultSource[], seed: number): string {
  const options = seed === 1 ? '' : `, { seed: ${seed} }`
  if (faults.length === 0) return `faultPlan([]${options})`
  return `faultPlan([\n${faults.map(({ rule }) => `  ${printRule(rule)},\n`).join('')}]${options})`
}

export interface ParseOptions {
  /** The functions behind `when`, by the names in the plan. */
  predicates?: Readonly<Record<string, FaultPredicate>>
}

/**
 * Reads a plan back: the text of `JSON.stringify(plan)`, or what that text says.
 * Throws `BROKER_BAD_PLAN` that names everything that is wrong, such as a `when` whose function was not given.
 */
export function parseFaultPlan(input: unknown, { predicates = {} }: ParseOptions = {}): FaultPlan {
  const data = typeof input === 'string' ? parseJson(input) : input
  const problems: string[] = []
  const { seed, rules, ...others } = isObject(data) ? data : {}
  for (const name of Object.keys(others)) problems.push(`a plan has "seed" and "rules", and no "${name}"`)
  if (!Number.isSafeInteger(seed)) problems.push('"seed" is no whole number')
  if (!Array.isArray(rules)) problems.push('"rules" is no list')
  if (Array.isArray(rules) && rules.length > maxRules) problems.push(`"rules" has more than ${maxRules} entries`)

  const faults: FaultSource[] = []
  for (const [index, value] of Array.isArray(rules) ? rules.slice(0, maxRules).entries() : []) {
    const { rule, problems: ofRule = [] } = parseRule(value)
    for (const problem of ofRule) problems.push(`rule ${index + 1}: ${problem}`)
    if (rule === undefined) continue
    const predicate =
      rule.when === undefined || !Object.hasOwn(predicates, rule.when) ? undefined : predicates[rule.when]
    if (rule.when !== undefined && predicate === undefined) {
      problems.push(`rule ${index + 1}: the function behind when('${rule.when}') was not given in "predicates"`)
    }
    faults.push({
      rule,
      predicates: new Map(rule.when === undefined || predicate === undefined ? [] : [[rule.when, predicate]]),
    })
  }
  if (problems.length > 0) throw new FaultError('BROKER_BAD_PLAN', problems)
  return faultPlan(faults, { seed: Number(seed) })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new FaultError('BROKER_BAD_PLAN', [`no JSON: ${String(cause)}`], { cause })
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
