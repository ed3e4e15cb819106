import type { LedgerCounts, WorkerSnapshot } from '@millrace/core'
import type { Violation } from './evidence.js'

/** Conservation: everything a worker received is accounted for, per lease and per handler. */
export function checkLedger(snapshot: Pick<WorkerSnapshot, 'groups' | 'handlers'>): readonly Violation[] {
  const leases = snapshot.groups.flatMap(({ group, partitions }) =>
    partitions.map(({ topic, partition, ledger, inFlight }) => ({
      where: `${group} ${topic}[${partition}]`,
      counts: ledger,
      inFlight: inFlight.queued + inFlight.running + inFlight.awaiting,
    })),
  )
  const handlers = snapshot.handlers.map((totals) => ({
    where: `${totals.group} ${totals.handler}`,
    counts: totals,
    inFlight: totals.inFlight,
  }))
  return [...leases, ...handlers].flatMap(({ where, counts, inFlight }) => {
    const accounted = settledIn(counts) + inFlight
    const isNegative = [counts.received, counts.processed, counts.abandoned, inFlight].some((count) => count < 0)
    if (accounted === counts.received && !isNegative) return []
    return [{ oracle: 'ledger', text: `${where}: ${counts.received} received, ${accounted} accounted for` } as const]
  })
}

const settledIn = ({ processed, retried, deadLettered, skipped, abandoned }: LedgerCounts): number =>
  processed + retried + deadLettered + skipped + abandoned
