import { everyHandler } from '../every-handler.js'
import type { Plan } from '../declare/plan.js'
import type { Problem } from '../error-entry.js'
import type { ResolvedWorkerOptions } from '../options.js'

export interface Timings {
  /** How long a rebalance waits for running attempts: the longest time limit and the grace behind it. */
  readonly drainMs: number
  /** How long the driver waits for the end of its leases: the drain, and time for the last commit. */
  readonly revokeDrainMs: number
  /** How long the group waits for this member: the drain, the commit, and a margin. */
  readonly rebalanceTimeoutMs: number
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

const graceMs = 5_000
const lastCommitMs = 5_000
const marginMs = 5_000
/** What a transaction may need for its requests, beside the time to send what was made in one interval. */
const transactionMs = 4_000

/** Derives how long drains and rebalances may take from the longest handler time limit. Pure. */
export function deriveTimings(plan: Plan, options: ResolvedWorkerOptions): Timings {
  const limits = everyHandler(plan)
  const longest = limits.reduce(
    (most, each) => (each.timeoutMs > most.timeoutMs ? each : most),
    limits[0] ?? { name: '', timeoutMs: 0 },
  )
  const drainMs = longest.timeoutMs + graceMs
  const revokeDrainMs = drainMs + lastCommitMs
  const neededMs = revokeDrainMs + marginMs
  const rebalanceTimeoutMs = options.rebalanceTimeoutMs ?? Math.max(60_000, neededMs)

  const problems: Problem[] = []
  if (rebalanceTimeoutMs < neededMs) {
    const problem = `${rebalanceTimeoutMs} ms is too short: ${longest.name} may run ${longest.timeoutMs} ms, and the drain needs ${neededMs} ms in all`
    problems.push({
      where: 'createWorker: rebalanceTimeout',
      problem,
      fix: `leave it out, or use at least ${neededMs}ms`,
    })
  }
  if (options.heartbeatIntervalMs * 3 > options.sessionTimeoutMs) {
    const problem = `${options.heartbeatIntervalMs} ms is more than a third of sessionTimeout (${options.sessionTimeoutMs} ms)`
    problems.push({
      where: 'createWorker: heartbeatInterval',
      problem,
      fix: 'one lost heartbeat must not cost the session: shorten it',
    })
  }
  const hasExact = limits.some(({ delivery }) => delivery === 'exactly-once')
  const neededOpenMs = options.transactionIntervalMs + transactionMs
  if (hasExact && options.transactionTimeoutMs < neededOpenMs) {
    const problem = `${options.transactionTimeoutMs} ms is too short: sending what was made in transactionInterval (${options.transactionIntervalMs} ms) and its offsets needs ${neededOpenMs} ms in all`
    problems.push({
      where: 'createWorker: transactionTimeout',
      problem,
      fix: `use at least ${neededOpenMs}ms, or a shorter transactionInterval`,
    })
  }
  const warnings =
    longest.timeoutMs > options.shutdownTimeoutMs
      ? [
          `${longest.name} may run ${longest.timeoutMs} ms, but stop() waits only ${options.shutdownTimeoutMs} ms (shutdownTimeout): ` +
            'a run that is still going then is abandoned and done again by the next owner',
        ]
      : []
  return { drainMs, revokeDrainMs, rebalanceTimeoutMs, problems, warnings }
}
