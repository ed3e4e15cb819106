import type { InFlightCounts, LedgerCounts } from './snapshot.js'

export type SettledAs = 'processed' | 'retried' | 'deadLettered' | 'skipped' | 'abandoned'

/**
 * Where every record of a lease is. Records move `queued -> running -> awaiting -> settled`; a retry in place moves back
 * from awaiting to running. Received and in-flight numbers are counted apart, so that `imbalance` can find a lost one.
 */
export class Ledger implements LedgerCounts, InFlightCounts {
  received = 0
  processed = 0
  retried = 0
  deadLettered = 0
  skipped = 0
  abandoned = 0
  queued = 0
  running = 0
  awaiting = 0

  receive(count: number): void {
    this.received += count
    this.queued += count
  }

  start(from: 'queued' | 'awaiting'): void {
    if (from === 'queued') this.queued -= 1
    else this.awaiting -= 1
    this.running += 1
  }

  handled(): void {
    this.running -= 1
    this.awaiting += 1
  }

  settle(from: 'queued' | 'awaiting', as: SettledAs): void {
    if (from === 'queued') this.queued -= 1
    else this.awaiting -= 1
    if (as === 'processed') this.processed += 1
    else this[as] += 1
  }

  /** Settles records that never ran. */
  settleQueued(as: SettledAs, count: number): void {
    this.queued -= count
    this[as] += count
  }

  get inFlight(): number {
    return this.queued + this.running + this.awaiting
  }

  /** Received minus everything accounted for: 0, or a record is missing. */
  get imbalance(): number {
    return (
      this.received - this.processed - this.retried - this.deadLettered - this.skipped - this.abandoned - this.inFlight
    )
  }

  counts(): LedgerCounts {
    const { received, processed, retried, deadLettered, skipped, abandoned } = this
    return { received, processed, retried, deadLettered, skipped, abandoned }
  }
}

export const noCounts: LedgerCounts = {
  received: 0,
  processed: 0,
  retried: 0,
  deadLettered: 0,
  skipped: 0,
  abandoned: 0,
}

export const addCounts = (a: LedgerCounts, b: LedgerCounts): LedgerCounts => ({
  received: a.received + b.received,
  processed: a.processed + b.processed,
  retried: a.retried + b.retried,
  deadLettered: a.deadLettered + b.deadLettered,
  skipped: a.skipped + b.skipped,
  abandoned: a.abandoned + b.abandoned,
})
