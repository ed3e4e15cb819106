import type { DriverCapabilities } from '@millrace/core'
import type { ConformanceHarness } from './harness.js'
import { OpenRig } from './rig.js'
import type { ConformanceRule, Need } from './rule.js'

export type RuleVerdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'skipped'; readonly missing: readonly Need[] }

export interface RunRuleOptions {
  readonly signal?: AbortSignal
  /** Default: three times the harness's patience. */
  readonly limitMs?: number
}

/** Runs one rule and closes what it opened. Never rejects on account of the driver. */
export async function runRule(
  rule: ConformanceRule,
  harness: ConformanceHarness,
  { signal, limitMs = harness.limits.patienceMs * 3 }: RunRuleOptions = {},
): Promise<RuleVerdict> {
  const missing = await missingNeeds(rule, harness)
  if (missing.length > 0) return { kind: 'skipped', missing }
  const late = AbortSignal.timeout(limitMs)
  const end = signal === undefined ? late : AbortSignal.any([signal, late])
  const rig = new OpenRig(harness, end)
  try {
    await Promise.race([rule.run(rig, end), rejectOn(end, `"${rule.id}" took more than ${limitMs} ms`)])
    return { kind: 'passed' }
  } catch (error) {
    return { kind: 'failed', error }
  } finally {
    await rig.close()
  }
}

/**
 * Whether a rule may be left out that lacks these. A driver that says it has transactions has to prove it: where the harness
 * can't, that is a fault of the harness.
 */
export const maySkip = ({ needs = [] }: ConformanceRule, missing: readonly Need[]): boolean =>
  !needs.includes('exactly-once') || missing.includes('exactly-once')

async function missingNeeds({ needs = [] }: ConformanceRule, harness: ConformanceHarness): Promise<Need[]> {
  const { cluster } = harness
  const capability = async (which: keyof DriverCapabilities): Promise<boolean> => {
    const driver = await harness.createDriver()
    await driver.close()
    return driver.capabilities[which]
  }
  const has: Record<Need, () => boolean | Promise<boolean>> = {
    transactions: () => cluster.canTransact,
    compaction: () => cluster.createCompacted !== undefined,
    eviction: () => cluster.evict !== undefined,
    'doomed-driver': () => harness.createDoomedDriver !== undefined,
    'unreachable-driver': () => harness.createUnreachableDriver !== undefined,
    'static-membership': () => capability('staticMembership'),
    'exactly-once': () => capability('transactions'),
  }
  const missing: Need[] = []
  for (const need of needs) if (!(await has[need]())) missing.push(need)
  return missing
}

const rejectOn = (signal: AbortSignal, what: string): Promise<never> =>
  new Promise((_resolve, reject) => {
    const end = (): void => reject(new Error(what))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
