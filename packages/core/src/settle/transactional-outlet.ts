import { isMillraceError } from '../millrace-error.js'
import type { Events } from '../observe/events.js'
import type { TransactionalSender } from '../produce/transactional-sender.js'
import type { Outlet } from './outlet.js'

export interface TransactionalOutletParts {
  readonly group: string
  readonly sender: TransactionalSender
  readonly events: Events
}

/** Outputs, dead letters and offsets become visible together or not at all. */
export function createTransactionalOutlet({ group, sender, events }: TransactionalOutletParts): Outlet {
  const counts = { stored: 0, failed: 0, lost: 0 }
  return {
    counts,
    begin: () => sender.begin(),
    judge(error) {
      if (isMillraceError(error, 'MILLRACE_TRANSACTION_FENCED')) return 'fenced'
      return isMillraceError(error, 'MILLRACE_TRANSACTION_UNKNOWN') ? 'unknown' : 'aborted'
    },
    stored(facts) {
      counts.stored += 1
      events.emit({ name: 'transaction.committed', group, ...facts })
    },
    failed(error, records) {
      counts.failed += 1
      events.emit({ name: 'transaction.aborted', group, records, error })
    },
    lost(error) {
      counts.lost += 1
      events.emit({ name: 'transaction.fenced', group, error })
    },
  }
}
