import type { HandlerPlan, RoutePlan } from '../declare/plan.js'
import { printCondition } from '../declare/routing/print-condition.js'
import type { HandlerDescription, WorkerDescription } from '../observe/description.js'
import type { PreparedWorker } from './prepare-worker.js'

/** The plan and the options of a worker as an operator reads them; empty before it starts. */
export function describeWorker(prepared: Pick<PreparedWorker, 'plan' | 'options'> | undefined): WorkerDescription {
  if (prepared === undefined) return { groups: [], options: {} }
  const groups = prepared.plan.groups.map(({ group, handlers }) => ({
    group,
    handlers: handlers.flatMap((plan) => plan.routes?.map(describeRoute) ?? [describeHandler(plan)]),
  }))
  return { groups, options: prepared.options }
}

const describeRoute = (route: RoutePlan): HandlerDescription => ({
  ...describeHandler(route),
  when: printCondition(route.when),
})

function describeHandler(plan: HandlerPlan): HandlerDescription {
  const { name, topic, delivery, order, concurrency, timeoutMs, retry, exhaustion, brake, transform } = plan
  return {
    ...{ name, topic: topic.name, delivery, order, concurrency, timeoutMs, exhaustion, brake: brake ?? 'off' },
    ...(Number.isFinite(retry.maxAttempts) ? { maxAttempts: retry.maxAttempts } : {}),
    ...(transform === undefined ? {} : { sinks: transform.sinks.map((sink) => sink.name) }),
  }
}
