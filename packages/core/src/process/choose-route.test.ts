import { expect, it } from 'vitest'
import { headerIs, otherwise, type RouteCondition } from '../declare/routing/condition.js'
import { fieldIs } from '../declare/routing/field-condition.js'
import { handlerPlan } from '../test-support/plans.js'
import { header } from '../test-support/records.js'
import { chooseRoute } from './choose-route.js'

const byHeader = headerIs('type', 'a')
const byField = fieldIs('kind', 'x')

/** The index of the route, or why there is none. */
function chosen(conditions: readonly RouteCondition[], type: string | null, message?: unknown) {
  const routes = conditions.map((when) => ({ ...handlerPlan(), when, priority: 0 }))
  const decoded = message === undefined ? {} : { decoded: { message } }
  const choice = chooseRoute(routes)({ headers: [header('type', type)], ...decoded })
  return typeof choice === 'string' ? choice : routes.indexOf(choice)
}

it.each<[string, readonly RouteCondition[], string | null, unknown, number | string]>([
  ['the one that takes it', [headerIs('type', 'b'), byHeader], 'a', undefined, 1],
  ['the first of two', [headerIs('type', '*'), byHeader], 'a', undefined, 0],
  ['nobody, without a look at its fields', [byHeader], 'b', undefined, 'none'],
  ['the rest', [byHeader, otherwise], 'b', undefined, 1],
  ['nobody yet, where a field comes first', [byField, byHeader], 'a', undefined, 'undecided'],
  ['by its header, where the field comes later', [byHeader, byField], 'a', undefined, 0],
  ['nobody yet, where the rest comes behind a field', [byField, otherwise], null, undefined, 'undecided'],
  ['by its field, once it is decoded', [byField, byHeader], 'a', { kind: 'x' }, 0],
  ['by its header, where the field is another', [byField, byHeader], 'a', { kind: 'y' }, 1],
  ['nobody, once it is decoded', [byField, byHeader], 'b', { kind: 'y' }, 'none'],
])('a record goes to %s', (_case, conditions, type, message, expected) => {
  expect(chosen(conditions, type, message)).toBe(expected)
})
