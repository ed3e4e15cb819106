import type { HandlerPlan, RoutePlan } from '../declare/plan.js'
import type { RouteCondition } from '../declare/routing/condition.js'
import { fail } from '../millrace-error.js'
import type { RawHeader } from '../receive/record.js'
import type { Handle } from './compose.js'
import { createMessageHeaders } from './message-headers.js'
import type { RunContext } from './run-context.js'

const maxShown = 64

/** What stands in the place of a handler for a record that no handler of its topic takes: it always fails, for good. */
export function createUnroutable({ group, topic }: HandlerPlan, routes: readonly RoutePlan[]): Handle<RunContext> {
  const looked = routes.flatMap(({ when }) => lookedAt(when))
  const headers = new Set(looked.flatMap(({ kind, name }) => (kind === 'header' ? [name] : [])))
  const fields = new Set(looked.flatMap(({ kind, name }) => (kind === 'field' ? [name] : [])))
  return (_message, context) => {
    context.stage = 'route'
    const found = [
      ...[...headers].map((name) => describeHeader(name, context.record.headers)),
      ...[...fields].map((name) => `field ${name} has a value that nobody takes`), // not said which: payloads are not shown
    ]
    throw fail('MILLRACE_ROUTE_UNROUTABLE', { group, topic: topic.name, found: found.join(', ') })
  }
}

/** Headers and fields that a condition asks for. */
function lookedAt(when: RouteCondition): readonly { readonly kind: 'header' | 'field'; readonly name: string }[] {
  if (when.kind === 'otherwise') return []
  return 'of' in when ? when.of.flatMap(lookedAt) : [when]
}

function describeHeader(name: string, headers: readonly RawHeader[]): string {
  const value = createMessageHeaders(headers).get(name)
  if (value === undefined) return `header ${name} is missing`
  return `header ${name} is ${JSON.stringify(value.length > maxShown ? `${value.slice(0, maxShown)}...` : value)}`
}
