import type { HandlerPlan } from '../declare/plan.js'
import { Deadlines } from '../process/deadlines.js'
import { graceMs, type HandlerRuntime, type HandlerTally } from '../process/handler-runtime.js'
import type { Stragglers } from '../process/stragglers.js'
import type { HandlerSurroundings } from './handler-at-work.js'

/** What all runs of one handler share. Handlers of one topic share their stragglers, too: a partition waits for all of them. */
export function createRuntime(
  plan: HandlerPlan,
  stragglers: Stragglers,
  { clock, events, log, isOurTopic }: HandlerSurroundings,
): HandlerRuntime {
  const at = { group: plan.group, handler: plan.name }
  const tally: HandlerTally = { attempts: 0, retriesInPlace: 0, lateResults: 0, deadLetterFailures: 0 }
  return {
    plan,
    clock,
    log: log.child(at),
    isOurTopic: isOurTopic(plan.topic.name),
    limits: new Deadlines(plan.timeoutMs, clock),
    graces: new Deadlines(graceMs, clock),
    stragglers,
    tally,
    onLate(run) {
      tally.lateResults += 1
      events.emit({ name: 'record.late', ...at, ...run })
    },
  }
}
