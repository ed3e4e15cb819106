import type { Problem } from '../../error-entry.js'
import { resolveOptions } from '../../option.js'
import { resolveName } from '../env-name.js'
import { consumerOptions, isName } from '../handle-options.js'
import type { DeclaredConsumer } from './declared-consumer.js'
import { groupNameFault } from './name-problems.js'
import { optionProblems } from './handler-settings.js'
import { type PlannedHandler, planHandler } from './plan-handler.js'
import type { PlanSettings } from './plan-settings.js'

export interface PlannedConsumer {
  readonly handlers: readonly PlannedHandler[]
  readonly problems: readonly Problem[]
}

/** Works one consumer out: its group, its options, its handlers. */
export function planConsumer(declared: DeclaredConsumer, index: number, settings: PlanSettings): PlannedConsumer {
  const { group: source, ...options } = declared.options
  const where = declared.name ?? `consumers[${index}]`
  const { value, problems } = resolveOptions(consumerOptions, options, where)
  const { defaults = {}, middleware = [], unmatched } = value

  const group = isName(source) ? settings.groupPrefix + resolveName(source, settings.env) : ''
  // The prefix does not make an empty name a good one.
  const fault =
    groupNameFault(isName(source) ? resolveName(source, settings.env) : '', source) ?? groupNameFault(group, '')
  const groupProblems = fault === undefined ? [] : [{ where, ...fault }]
  const defaultProblems = optionProblems(defaults, `${where}: defaults`)

  const handlers = declared.handlers.map((one) =>
    planHandler(one, { group, defaults, middleware, unmatched, settings }),
  )
  const own = [...problems, ...groupProblems, ...defaultProblems]
  return { handlers, problems: [...own, ...handlers.flatMap((one) => one.problems)] }
}
