import type { Lease, RawRecord, ReceivedBatch } from '@millrace/core'
import { type Mutated, mutateMember } from './mutate-member.js'

/** A driver that changes batches on their way; undefined keeps one back. */
export const mutateBatch = (
  change: (batch: ReceivedBatch, lease: Lease, mutated: Mutated) => ReceivedBatch | undefined,
) =>
  mutateMember({
    events: (events, mutated) => ({
      onRecords(lease, batch) {
        const changed = change(batch, lease, mutated)
        if (changed !== undefined) events.onRecords(lease, changed)
      },
    }),
  })

/** A driver that changes records on their way. */
export const mutateRecord = (change: (record: RawRecord, mutated: Mutated) => Partial<RawRecord>) =>
  mutateBatch((batch, _lease, mutated) => ({
    ...batch,
    records: batch.records.map((record) => recordWith(record, change(record, mutated))),
  }))

/** The same record but for a few fields. By name, because a driver's fields may be getters, which a spread leaves out. */
export function recordWith(record: RawRecord, changed: Partial<RawRecord>): RawRecord {
  const { offsetDelta, timestamp, key, value, headers, sizeBytes } = record
  return { offsetDelta, timestamp, key, value, headers, sizeBytes, ...changed }
}
