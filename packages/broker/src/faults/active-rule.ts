import type { Call } from './fault-gate.js'
import type { FaultSource } from './fault-plan.js'
import type { FaultRule } from './fault-rule.js'
import { type FaultPredicate, matchesRule } from './match-rule.js'
import { drawOf } from './seeded-random.js'

/** A fault in force, with what it has seen and done. */
export interface ActiveRule {
  /** With the seed of its draws, if it draws. */
  readonly source: FaultSource
  /** Requests that the rule is for. */
  readonly matched: number
  /** How often it struck. */
  readonly struck: number
  /** The matches at which it struck, counted from 1; the newest only, where it struck very often. */
  readonly struckAt: readonly number[]
  /** Counts the request if the rule is for it, and says whether it strikes. */
  strikes(call: Call): boolean
}

/** So many strikes are remembered by their number. */
const maxRemembered = 1_000

/** `seed`: of its draws, where the rule brings none. */
export function activeRule({ rule: given, predicates }: FaultSource, seed: number): ActiveRule {
  const rule: FaultRule = given.chance === undefined ? given : { chanceSeed: seed, ...given }
  const predicate = rule.when === undefined ? undefined : predicates.get(rule.when)
  const struckAt: number[] = []
  let matched = 0
  let struck = 0
  return {
    source: { rule, predicates },
    struckAt,
    get matched() {
      return matched
    },
    get struck() {
      return struck
    },
    strikes(call) {
      if (!matchesRule(rule, call) || !says(predicate, call)) return false
      matched += 1
      if (!strikesAt(rule, matched, struck) || !isDrawn(rule, matched)) return false
      struck += 1
      struckAt.push(matched)
      if (struckAt.length > maxRemembered) struckAt.shift()
      return true
    },
  }
}

/** A predicate that throws is the test's own fault: the broker goes on, and the error is raised in a turn of its own. */
function says(predicate: FaultPredicate | undefined, call: Call): boolean {
  try {
    return predicate === undefined || predicate(call)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
    return false
  }
}

/** Whether a rule strikes at this match, luck aside. */
function strikesAt({ nth, every, after = 0, times }: FaultRule, match: number, struck: number): boolean {
  if (match <= after || (times !== undefined && struck >= times)) return false
  return (nth === undefined || nth.includes(match)) && (every === undefined || (match - after) % every === 0)
}

const isDrawn = ({ chance, chanceSeed = 0 }: FaultRule, match: number): boolean =>
  chance === undefined || drawOf(chanceSeed, match) < chance
