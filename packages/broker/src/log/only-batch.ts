import { type BatchFault, corrupt, notOneBatch } from './batch-fault.js'
import { batchField, lengthOverhead } from './record-batch.js'

/** A length that counts less than this is no batch of any version. */
const smallestLength = 14
const currentMagic = 2

/**
 * The size of the one batch that a producer may send to a partition, or why what it sent is not that. An incomplete batch behind
 * it is ignored, as in Kafka.
 */
export function sizeOfOnlyBatch(records: Buffer): number | BatchFault {
  const size = sizeOfBatchAt(records, 0)
  if (size === 'corrupt') return corrupt
  if (size === 'none' || records[batchField.magic] !== currentMagic) return notOneBatch
  const next = sizeOfBatchAt(records, size)
  if (next === 'corrupt') return corrupt
  return next === 'none' ? size : notOneBatch
}

function sizeOfBatchAt(records: Buffer, at: number): number | 'none' | 'corrupt' {
  const left = records.length - at
  if (left < lengthOverhead) return 'none'
  const length = records.readInt32BE(at + batchField.length)
  if (length < smallestLength) return 'corrupt'
  if (left <= batchField.magic) return 'none'
  if ((records[at + batchField.magic] ?? 0) > currentMagic) return 'corrupt'
  return left < lengthOverhead + length ? 'none' : lengthOverhead + length
}
