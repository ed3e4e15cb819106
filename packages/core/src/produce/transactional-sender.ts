import type { LeaseCommit } from '../receive/driver.js'
import type { DeliveryReport, OutgoingRecord } from './sender.js'

/**
 * Sends records and commits offsets that become visible together or not at all (KIP-98, KIP-447). One transaction at a time.
 *
 * What is indefinite (a time-out, a connection that was lost on the way) is never guessed: the producer is fenced by
 * initialising its id again, and where offsets were part of the transaction the group is asked whether it has them.
 */
export interface TransactionalSender {
  /**
   * Begins a transaction; the broker hears of it with its first record or offset.
   * @throws MillraceError `MILLRACE_TRANSACTION_STATE` while another one is open, `MILLRACE_PRODUCE_CLOSED` after `close`.
   */
  begin(): Transaction
  /** Aborts what is open and closes the connections. Idempotent, bounded, never rejects. */
  close(): Promise<void>
}

/** One transaction. It ends by `commit` or by `abort`, whichever is called first. */
export interface Transaction {
  /**
   * Resolves when all in-sync replicas have the record: a `read_committed` reader sees it after the commit. When it rejects, the
   * transaction can only be aborted; the codes are those of `Sender.send`.
   */
  send(record: OutgoingRecord): Promise<DeliveryReport>
  /**
   * Waits for every record, commits these offsets with member and generation of their leases, and ends the transaction.
   * A signal that aborts on the way aborts the transaction, as long as its end was not asked for.
   * @throws MillraceError `MILLRACE_TRANSACTION_ABORTED`: nothing of it is or will be visible, the same may be sent again.
   * `MILLRACE_TRANSACTION_FENCED`: nothing of it is visible, and the leases of its offsets have ended or are about to.
   * `MILLRACE_TRANSACTION_UNKNOWN`: it could not be found out; leases of its offsets end as well, and their next owner finds out.
   */
  commit(offsets?: readonly LeaseCommit[], signal?: AbortSignal): Promise<void>
  /** Ends it without a trace for `read_committed` readers. Bounded, never rejects: what can't be aborted now is aborted before the next one begins. */
  abort(): Promise<void>
}
