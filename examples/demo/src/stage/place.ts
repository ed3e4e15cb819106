import type { ProbeRecord } from '@millrace/testing'

/** Where a record is: `3@17` is offset 17 of partition 3. */
export type Place = `${number}@${bigint}`

export const placeOf = (partition: number, offset: bigint): Place => `${partition}@${offset}`

/** Where a dead letter says that it comes from. */
export const sourceOf = (record: ProbeRecord): Place =>
  placeOf(Number(headerOf(record, 'source-partition')), BigInt(headerOf(record, 'source-offset') ?? -1))

/** The last header of a name as text: later ones win. */
export const headerOf = ({ headers }: ProbeRecord, name: string): string | undefined =>
  headers.findLast(([found]) => found.toString() === name)?.[1]?.toString()
