import type { HandlerPlan } from '../declare/plan.js'
import { addCounts, noCounts } from '../observe/ledger.js'
import type { HandlerTotals, LedgerCounts } from '../observe/snapshot.js'
import type { HandlerRuntime } from '../process/handler-runtime.js'
import { createRouteCounts, type RouteCounts } from './route-counts.js'

/** The counts of all leases of a topic with several handlers. */
export interface RouteTotals {
  open(): RouteCounts
  retire(counts: RouteCounts, left: 'abandoned' | 'skipped'): void
  /** One entry per handler, and the last one for records that came to none. `ledger`: of all leases together. */
  totals(ledger: LedgerCounts): readonly HandlerTotals[]
}

export function createRouteTotals(routes: readonly HandlerRuntime[], unrouted: HandlerRuntime): RouteTotals {
  const live = new Set<RouteCounts>()
  const retired = new Map<HandlerPlan, LedgerCounts>()
  const countsOf = (plan: HandlerPlan): LedgerCounts =>
    [...live].reduce((sum, { counts }) => addCounts(sum, counts.get(plan) ?? noCounts), retired.get(plan) ?? noCounts)

  return {
    open() {
      const counts = createRouteCounts()
      live.add(counts)
      return counts
    },
    retire(counts, left) {
      counts.end(left)
      live.delete(counts)
      for (const [plan, own] of counts.counts) retired.set(plan, addCounts(retired.get(plan) ?? noCounts, own))
    },
    totals(ledger) {
      const taken = routes.map(({ plan }) => countsOf(plan)).reduce(addCounts, noCounts)
      const rest = withoutTaken(ledger, taken, inFlightOf(countsOf(unrouted.plan)))
      return [...routes.map((one) => totalsOf(one, countsOf(one.plan))), totalsOf(unrouted, rest)]
    },
  }
}

/**
 * What is settled and came to no handler: nobody took it, or the lease ended before anybody was chosen. What waits in the lanes
 * is left out, so that these numbers only grow.
 */
function withoutTaken(ledger: LedgerCounts, taken: LedgerCounts, inFlight: number): LedgerCounts {
  const restOf = (name: keyof LedgerCounts): number => Math.max(0, ledger[name] - taken[name]) // a step is counted just before it is settled
  const settled = {
    processed: restOf('processed'),
    retried: restOf('retried'),
    deadLettered: restOf('deadLettered'),
    skipped: restOf('skipped'),
    abandoned: restOf('abandoned'),
  }
  return { ...settled, received: inFlight + sumOf(settled) }
}

const totalsOf = ({ plan, tally }: HandlerRuntime, counts: LedgerCounts): HandlerTotals => ({
  ...{ group: plan.group, handler: plan.name, topic: plan.topic.name },
  ...counts,
  inFlight: inFlightOf(counts),
  ...tally,
})

const inFlightOf = ({ received, ...settled }: LedgerCounts): number => received - sumOf(settled)

const sumOf = ({ processed, retried, deadLettered, skipped, abandoned }: Omit<LedgerCounts, 'received'>): number =>
  processed + retried + deadLettered + skipped + abandoned
