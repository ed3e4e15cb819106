import type { RoutePlan } from '../declare/plan.js'
import { type KnownRecord, matchCondition } from './match-condition.js'

/** The handler that takes a record, `none`, or `undecided` where that takes the decoded record. */
export type Choice = RoutePlan | 'none' | 'undecided'

/**
 * Makes the choice among the handlers of a topic: the first that takes the record, in the order of the plan. One that may take it
 * and stands before it leaves the choice open until the record is decoded.
 */
export function chooseRoute(routes: readonly RoutePlan[]): (record: KnownRecord) => Choice {
  const matchers = routes.map((route) => ({ route, matches: matchCondition(route.when) }))
  return (record) => {
    for (const { route, matches } of matchers) {
      const isTaken = matches(record)
      if (isTaken === true) return route
      if (isTaken === undefined) return 'undecided'
    }
    return 'none'
  }
}
