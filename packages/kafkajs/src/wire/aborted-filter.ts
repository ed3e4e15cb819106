import type { RawRecord } from '@millrace/core'
import type { BatchHeader } from './read-batch-header.js'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

const ABORT = 0

/**
 * Tells, batch by batch in offset order, which data a `read_committed` reader must not see. The broker lists aborted
 * transactions in the order of their markers, so they are sorted first; a transaction is open from its first offset
 * up to its producer's abort marker (KIP-98, "Consumer", as Java's fetcher does it).
 */
export class AbortedFilter {
  readonly #upcoming: readonly AbortedTransaction[]
  readonly #open = new Set<bigint>()
  #next = 0

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#upcoming = [...aborted].sort(
      (a, b) => Number(a.firstOffset > b.firstOffset) - Number(a.firstOffset < b.firstOffset),
    )
  }

  /** To be asked once per batch, control batches included, before anything else of it is used. */
  isAborted(batch: BatchHeader): boolean {
    for (;;) {
      const transaction = this.#upcoming[this.#next]
      if (transaction === undefined || transaction.firstOffset > batch.lastOffset) break
      this.#open.add(transaction.producerId)
      this.#next += 1
    }
    return batch.isTransactional && !batch.isControl && this.#open.has(batch.producerId)
  }

  /** To be told the records of each control batch: an abort marker ends its producer's transaction. */
  sawMarker(batch: BatchHeader, records: readonly RawRecord[]): void {
    const key = records[0]?.key
    // Control record key: INT16 version, INT16 type. Types other than commit and abort concern brokers only.
    if (key && key.length >= 4 && key.readInt16BE(2) === ABORT) this.#open.delete(batch.producerId)
  }
}
