import type { LeasedPartition } from '../receive/leased-partition.js'
import type { ReceivedRecord } from '../receive/received-record.js'

/** Where a record stands and which run of it is meant: what every event about it says. */
export const placeOfRecord = (
  partition: LeasedPartition,
  handler: string,
  { offset, attempt }: Pick<ReceivedRecord, 'offset' | 'attempt'>,
) => ({ ...partition.position(), generation: partition.source.generation, offset, handler, attempt })
