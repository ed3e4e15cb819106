import type { HandlerPlan, Plan } from './declare/plan.js'

/**
 * Every handler of a plan that records can come to: of a topic with routes each of them, and behind them the one that stands for
 * records which none of them takes.
 */
export const everyHandler = ({ groups }: Plan): readonly HandlerPlan[] =>
  groups.flatMap(({ handlers }) => handlers.flatMap((plan) => [...(plan.routes ?? []), plan]))
