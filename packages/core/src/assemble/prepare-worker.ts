import { readPlan } from '../declare/build-plan.js'
import type { Plan } from '../declare/plan.js'
import { fail } from '../millrace-error.js'
import { resolveOptions } from '../option.js'
import { type ResolvedWorkerOptions, workerOptions } from '../options.js'
import { deriveTimings, type Timings } from '../receive/timings.js'
import type { WorkerOptions } from './worker-contract.js'

export interface PreparedWorker {
  readonly options: ResolvedWorkerOptions
  readonly plan: Plan
  readonly timings: Timings
}

/**
 * Checks everything that needs no network, all faults at once.
 * @throws MillraceError `MILLRACE_OPTIONS_INVALID`, which names the faults of the plan too, or `MILLRACE_PLAN_INVALID`
 */
export function prepareWorker(given: WorkerOptions, warn: (warning: string) => void): PreparedWorker {
  const {
    consumers,
    middleware = [],
    env = process.env,
    driver: _d,
    instances: _i,
    hooks: _h,
    logger: _l,
    instrument: _n,
    clock: _c,
    random: _r,
    ...plain
  } = given
  const { value: options, problems } = resolveOptions(workerOptions, plain, 'createWorker')
  const { plan, problems: inPlan } = readPlan(consumers, { ...prefixesOf(options), env, middleware })
  if (problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems: [...problems, ...inPlan] })
  if (inPlan.length > 0) throw fail('MILLRACE_PLAN_INVALID', { problems: inPlan })

  const timings = deriveTimings(plan, options)
  if (timings.problems.length > 0) throw fail('MILLRACE_OPTIONS_INVALID', { problems: timings.problems })
  timings.warnings.forEach(warn)
  return { options, plan, timings }
}

const prefixesOf = ({ topicPrefix = '', groupPrefix = '' }: ResolvedWorkerOptions) => ({ topicPrefix, groupPrefix })
