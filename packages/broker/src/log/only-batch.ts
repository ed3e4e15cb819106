import { type BatchFault, notOneBatch, tooSmall, unknownMagic } from './batch-fault.js'
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
  if (typeof size === 'object') return size
  if (size === 'none' || records[batchField.magic] !== currentMagic) return notOneBatch
  const next = sizeOfBatchAt(records, size)
  if (typeof next === 'object') return next
  return next === 'none' ? size : notOneBatch
}

function sizeOfBatchAt(records: Buffer, at: number): number | 'none' | BatchFault {
  const left = records.length - at
  if (left < lengthOverhead) return 'none'
  const length = records.readInt32BE(at + batchField.length)
  if (length < smallestLength) return tooSmall(length, smallestLength)
  if (left <= batchField.magic) return 'none'
  const magic = records.readInt8(at + batchField.magic)
  if (magic < 0 || magic > currentMagic) return unknownMagic(magic)
  return left < lengthOverhead + length ? 'none' : lengthOverhead + length
}
