import type { InstanceBinding } from '../declare/handler-instances.js'
import type { HandlerTarget } from '../declare/plan.js'
import type { HandlerTotals, LedgerCounts } from '../observe/snapshot.js'
import { bindHandle, createAttempt } from '../process/attempt.js'
import type { HandlerRuntime } from '../process/handler-runtime.js'
import { instrumentedAttempt } from '../process/instrumented-attempt.js'
import type { LaneParts } from '../process/run-lane.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import type { PipelineRules } from '../settle/pipeline-lease.js'
import { settle } from '../settle/settle.js'
import type { HandlerSurroundings } from './handler-at-work.js'
import { createPipelineRules } from './pipeline-rules.js'
import { recordDestinations } from './record-destinations.js'

/** What is done with the records of one lease. */
export interface LeaseWork extends Pick<LaneParts, 'attempt' | 'decide'> {
  /** The lease has ended: what is left of it is counted so. */
  retire(left: 'abandoned' | 'skipped'): void
}

/** Of a lease whose records are settled by their outputs. */
export interface PipelineWork extends LeaseWork {
  readonly rules: PipelineRules
}

/** What is done with the records of a topic: by one handler, or by several. */
export interface HandlerWork {
  open(host: LeaseHost): LeaseWork
  openPipeline(host: LeaseHost): PipelineWork
  /** `counts`: of all leases of the topic since the start. */
  totals(counts: LedgerCounts & { readonly inFlight: number }): readonly HandlerTotals[]
}

export type BindingOf = (target: HandlerTarget) => InstanceBinding | undefined

/** One handler for all records. */
export function createHandlerWork(
  runtime: HandlerRuntime,
  bindingOf: BindingOf,
  around: HandlerSurroundings,
): HandlerWork {
  const { plan, tally } = runtime
  const handle = bindHandle(plan.target, bindingOf(plan.target))
  const attempt = instrumentedAttempt(createAttempt(runtime, handle), runtime, around.instrument)
  const retire = (): void => undefined // its ledger says it all
  return {
    open(host) {
      const to = recordDestinations(host, runtime, around)
      return { attempt, decide: (outcome, record) => settle(outcome, record, to), retire }
    },
    openPipeline(host) {
      const to = recordDestinations(host, runtime, around)
      const { rules, destinations } = createPipelineRules({ partition: host, runtime, events: around.events, to })
      return { attempt, decide: (outcome, record) => settle(outcome, record, destinations), rules, retire }
    },
    totals: (counts) => [{ group: plan.group, handler: plan.name, topic: plan.topic.name, ...counts, ...tally }],
  }
}
