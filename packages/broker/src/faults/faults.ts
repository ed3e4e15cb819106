import type { Clock } from '../clock/clock.js'
import { type ActiveRule, activeRule } from './active-rule.js'
import type { Call, FaultGate } from './fault-gate.js'
import { type FaultPlan, type FaultSource, faultPlan } from './fault-plan.js'
import type { FaultTargets } from './fault-targets.js'
import { seedOf } from './seeded-random.js'
import { createSideEffects } from './side-effects.js'
import { createStrikeLog } from './strike-log.js'
import { verdictOf } from './verdict.js'

/** The faults of one broker, as a test sees them. */
export interface Faults {
  /** Puts faults in force, behind those that are. `matched` and `struck` are counted from now on. */
  add(...faults: readonly (FaultSource | FaultPlan)[]): AddedFaults
  /** Ends every fault and lets go what one holds. What has happened stays in `happened`. */
  clear(): void
  /** The plan of what is in force, to print: put in force before the same requests, it does the same. */
  plan(): FaultPlan
  /**
   * What has struck so far, each fault nailed to the matches at which it struck: what was luck is certain in it.
   * Also of faults that are over; of the newest thousand strikes of each.
   */
  happened(): FaultPlan
  /** The lines of what struck, in order, with the request: the newest thousand. */
  readonly log: readonly string[]
}

/** What one call of `add` put in force. */
export interface AddedFaults {
  /** Requests that they were for. */
  readonly matched: number
  /** How often they struck. */
  readonly struck: number
  /** Ends them, and only them. */
  remove(): void
  [Symbol.dispose](): void
}

/** How dispatch and the trace see the same faults. */
export interface FaultEngine extends Faults, FaultGate {
  /** The lines of the faults that struck this request. */
  strikesOf(call: Call): readonly string[]
}

export interface FaultsOptions {
  /** What `chance` draws from; a plan that is added brings its own. */
  readonly seed: number
  readonly clock: Clock
  readonly targets: FaultTargets
}

/** Rules that were added over a broker's life; the oldest that are over are forgotten beyond it. */
const maxEndedRules = 10_000

/** Rules, asked in the order in which they were added, for each request. */
export function createFaults({ seed, clock, targets }: FaultsOptions): FaultEngine {
  const effects = createSideEffects(targets, clock)
  const strikes = createStrikeLog()
  let active: ActiveRule[] = []
  let ended: ActiveRule[] = []
  let added = 0

  function end(rules: ReadonlySet<ActiveRule>): void {
    const over = active.filter((rule) => rules.has(rule) && rule.struck > 0)
    active = active.filter((rule) => !rules.has(rule))
    ended = [...ended, ...over].slice(-maxEndedRules)
  }

  function made(faults: readonly (FaultSource | FaultPlan)[]): ActiveRule[] {
    return faults.flatMap((fault) => {
      // The draws of a plan depend on the plan alone, so that it replays beside whatever else was added.
      if ('faults' in fault) return fault.faults.map((source, index) => activeRule(source, seedOf(fault.seed, index)))
      added += 1
      return activeRule(fault, seedOf(seed, added))
    })
  }

  return {
    add(...faults) {
      const rules = made(faults)
      active.push(...rules)
      return addedFaults(rules, () => end(new Set(rules)))
    },
    clear() {
      end(new Set(active))
      effects.release()
    },
    plan: () => faultPlan(active.map(({ source }) => source)),
    happened: () => faultPlan([...ended, ...active].flatMap(nailed)),
    log: strikes.lines,
    before(call) {
      if (active.length === 0) return undefined
      // All are asked, so that each counts its own matches whatever the others do.
      const struck = active.filter((rule) => rule.strikes(call))
      if (struck.length === 0) return undefined
      strikes.note(call, struck)
      const rules = struck.map(({ source }) => source.rule)
      for (const rule of rules) effects.run(rule, call)
      return verdictOf(call, rules)
    },
    strikesOf: (call) => strikes.linesOf(call),
  }
}

function addedFaults(rules: readonly ActiveRule[], remove: () => void): AddedFaults {
  const sum = (count: 'matched' | 'struck'): number => rules.reduce((total, rule) => total + rule[count], 0)
  return {
    get matched() {
      return sum('matched')
    },
    get struck() {
      return sum('struck')
    },
    remove,
    [Symbol.dispose]: remove,
  }
}

/** The rule as it would strike again where it did, without luck. */
function nailed({ source: { rule, predicates }, struckAt }: ActiveRule): FaultSource[] {
  if (struckAt.length === 0) return []
  const { every: _every, after: _after, times: _times, chance: _chance, chanceSeed: _seed, ...rest } = rule
  return [{ rule: { ...rest, nth: [...struckAt] }, predicates }]
}
