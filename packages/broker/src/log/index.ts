/** Record batches as bytes: for whoever reads or writes them in raw requests. */
export { crc32c } from './crc32c.js'
export { type StoredRecord, readRecords } from './read-records.js'
export {
  type BatchHeader,
  batchField,
  batchOverhead,
  hasLogAppendTime,
  hasValidCrc,
  isControl,
  isTransactional,
  lengthOverhead,
  readBatchHeader,
  stampCrc,
} from './record-batch.js'
export { encodeMarker, type Marker, readMarkerKey } from './control-batch.js'
