import type { ReceivedRecord, RecordSource } from '../receive/received-record.js'

/** Where a record stands and which run of it is meant: what every event about it says. */
export const placeOfRecord = (
  { source: { group, topic, partition, generation } }: { readonly source: RecordSource },
  handler: string,
  { offset, attempt, trace }: Pick<ReceivedRecord, 'offset' | 'attempt' | 'trace'>,
) => ({
  ...{ group, topic, partition, generation, offset, handler, attempt },
  ...(trace === undefined ? {} : { traceId: trace.traceId, spanId: trace.spanId }),
})
