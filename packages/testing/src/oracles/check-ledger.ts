import type { LedgerCounts, WorkerSnapshot } from '@millrace/core'
import type { Violation } from './evidence.js'

/** Conservation: everything a worker received is accounted for, per lease and per handler. */
export function checkLedger(snapshot: Pick<WorkerSnapshot, 'groups' | 'handlers'>): readonly Violation[] {
  const leases = snapshot.groups.flatMap(({ group, partitions }) =>
    partitions.map(({ topic, partition, ledger, inFlight }) => ({
      where: `${group} ${topic}[${partition}]`,
      counts: ledger,
      inFlight: [inFlight.queued, inFlight.running, inFlight.awaiting],
    })),
  )
  const handlers = snapshot.handlers.map((totals) => ({
    where: `${totals.group} ${totals.handler}`,
    counts: totals,
    inFlight: [totals.inFlight],
  }))
  return [...leases, ...handlers].flatMap(({ where, counts, inFlight }) => {
    const parts = [...settledIn(counts), ...inFlight]
    const accounted = parts.reduce((sum, count) => sum + count, 0)
    const isNegative = [counts.received, ...parts].some((count) => count < 0)
    if (accounted === counts.received && !isNegative) return []
    const problem = isNegative ? ', a count is below zero' : ''
    return [{ oracle: 'ledger', text: `${where}: ${counts.received} received, ${accounted} accounted for${problem}` }]
  })
}

const settledIn = ({ processed, retried, deadLettered, skipped, abandoned }: LedgerCounts): readonly number[] => [
  processed,
  retried,
  deadLettered,
  skipped,
  abandoned,
]
