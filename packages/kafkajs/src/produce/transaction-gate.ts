import type { ProducerIdentity } from './sequences.js'

/** What makes a sender's batches parts of transactions. Between two transactions it lets nothing through. */
export interface TransactionGate {
  readonly transactionalId: string
  /** What batches are numbered with; undefined while there is nothing to number them with. A new epoch is a new object. */
  readonly identity: ProducerIdentity | undefined
  /** Whether a batch of this partition may go. One that may not is noted, and the loop is woken when it may. */
  admits(topic: string, partition: number): boolean
  /** The turn has ended: asks for what was noted in it. */
  askForMissing(): void
  /** Nothing may be numbered with it any more. `code`: what a leader said to it; without one, a batch may be stored or not. */
  retire(identity: ProducerIdentity, code: number | undefined): void
}
