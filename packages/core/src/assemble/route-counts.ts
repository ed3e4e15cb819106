import type { HandlerPlan } from '../declare/plan.js'
import { noCounts, type SettledAs } from '../observe/ledger.js'
import type { LedgerCounts } from '../observe/snapshot.js'
import type { ReceivedRecord } from '../receive/received-record.js'

/** Which records of a lease came to which handler of its topic, and what became of them. */
export interface RouteCounts {
  /** A record has come to its handler: where it takes several attempts, once. */
  received(record: ReceivedRecord, by: HandlerPlan): void
  settled(record: ReceivedRecord, by: HandlerPlan, as: SettledAs): void
  /** The lease has ended: what is not settled never will be. */
  end(as: SettledAs): void
  readonly counts: ReadonlyMap<HandlerPlan, LedgerCounts>
}

type Counting = { -readonly [Name in keyof LedgerCounts]: number }

/**
 * A record that waits in the lane, or is decoded so that its handler can be chosen, is no handler's yet: until then it is only in
 * the ledger of the lease.
 */
export function createRouteCounts(): RouteCounts {
  const counts = new Map<HandlerPlan, Counting>()
  const open = new Map<ReceivedRecord, Counting>()
  const countsOf = (by: HandlerPlan): Counting => {
    const found = counts.get(by) ?? { ...noCounts }
    counts.set(by, found)
    return found
  }
  const receive = (record: ReceivedRecord, by: HandlerPlan): Counting => {
    const known = open.get(record)
    if (known !== undefined) return known
    const own = countsOf(by)
    own.received += 1
    open.set(record, own)
    return own
  }
  return {
    received: (record, by) => void receive(record, by),
    settled(record, by, as) {
      receive(record, by)[as] += 1
      open.delete(record)
    },
    end(as) {
      for (const own of open.values()) own[as] += 1
      open.clear()
    },
    counts,
  }
}
