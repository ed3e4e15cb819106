import { gzipSync } from 'node:zlib'
import { batchField, batchOverhead, lengthOverhead, stampCrc } from '@millrace/broker/records'
import type { SeededRandom } from '../../chaos/seeded-random.js'

/** Two records, as bytes: attributes, deltas, a key, a value and no headers. */
const records = Buffer.from([16, 0, 0, 0, 2, 107, 4, 118, 118, 0, 14, 0, 2, 2, 1, 4, 119, 119, 0])

/** A batch of two records: half of them valid, the others valid on the outside only, so that what is behind the CRC is reached. */
export function sampleBatch(random: SeededRandom): Buffer {
  const isCompressed = random.integer(0, 4) === 0
  const body = isCompressed ? gzipSync(records) : records
  const bytes = Buffer.concat([Buffer.alloc(batchOverhead), body])
  bytes.writeInt32BE(bytes.length - lengthOverhead, batchField.length)
  bytes.writeInt8(2, batchField.magic)
  // Idempotent and transactional ones too; codecs that the bytes are not of.
  const attributes = (isCompressed ? 1 : 0) | (random.integer(0, 4) === 0 ? 0x10 : 0)
  bytes.writeInt16BE(attributes, batchField.attributes)
  bytes.writeInt32BE(1, batchField.lastOffsetDelta)
  bytes.writeBigInt64BE(1_000n, batchField.baseTimestamp)
  bytes.writeBigInt64BE(1_000n, batchField.maxTimestamp)
  const isIdempotent = random.integer(0, 2) === 0
  bytes.writeBigInt64BE(isIdempotent ? BigInt(random.integer(0, 4)) : -1n, batchField.producerId)
  bytes.writeInt16BE(isIdempotent ? 0 : -1, batchField.producerEpoch)
  bytes.writeInt32BE(isIdempotent ? 2 * random.integer(0, 3) : -1, batchField.baseSequence)
  bytes.writeInt32BE(2, batchField.recordCount)
  for (let left = random.integer(0, 6) - 2; left > 0; left -= 1) {
    const at = random.integer(batchField.attributes, bytes.length)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.integer(0, 8)), at)
  }
  stampCrc(bytes, 0, bytes.length)
  return bytes
}
