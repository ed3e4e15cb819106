import type { HandlerTotals, WorkerSnapshot } from '@millrace/core'
import type { Announcement, WorkerProcess } from '@millrace/testing'

export type PrintedLedger = Pick<WorkerSnapshot, 'groups' | 'handlers'> & { readonly at: string }

/** Every ledger that a worker has printed. */
export const readLedgers = ({ announcements }: Pick<WorkerProcess, 'announcements'>): readonly PrintedLedger[] =>
  announcements.filter(({ signal }) => signal === 'ledger').map(({ facts }) => parseLedger(facts))

/** What a worker that has stopped had done in all. */
export function finalTotals(worker: WorkerProcess): HandlerTotals {
  const [totals] = readLedgers(worker).findLast(({ at }) => at === 'worker.stopped')?.handlers ?? []
  if (totals === undefined) throw new Error('the worker has not printed its last ledger')
  return totals
}

/** The parts that conservation is about are checked; the worker is a build of the same sources, so the rest is not. */
function parseLedger({ at, groups, handlers }: Announcement['facts']): PrintedLedger {
  if (typeof at !== 'string' || !Array.isArray(groups) || !Array.isArray(handlers)) throw new Error('no ledger')
  const isCounted = (counts: unknown): boolean =>
    typeof counts === 'object' && counts !== null && 'received' in counts && typeof counts.received === 'number'
  const partitions: unknown[] = groups.flatMap((group: { readonly partitions: readonly unknown[] }) => group.partitions)
  const ledgers = partitions.map((one) => (typeof one === 'object' && one !== null && 'ledger' in one ? one.ledger : 0))
  if (![...handlers, ...ledgers].every(isCounted)) throw new Error(`a ledger without counts: ${JSON.stringify(groups)}`)
  return { at, groups, handlers }
}
