import { errorCode } from '../protocol/error-codes.js'

export interface ReadOptions {
  readonly offset: bigint
  readonly maxBytes: number
  /** Up to the last stable offset, and with the list of aborted transactions. */
  readonly readCommitted: boolean
  /** The first batch is returned whole, however large; without it nothing is returned where it does not fit. */
  readonly wholeFirstBatch: boolean
  /** From here on, bytes that would have to be copied to be returned together are left for the next read. Default: `maxBytes`. */
  readonly enoughBytes?: number
}

export interface ReadResult {
  readonly errorCode: number
  /** A view of the log's own memory where it can be: not to be written to. It may end in the middle of a batch. */
  readonly records: Buffer
  /** In the order of their markers; null where the reader did not ask for committed records only, and on errors. */
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[] | null
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly logStartOffset: bigint
}

interface LogBounds {
  readonly startOffset: bigint
  readonly endOffset: bigint
  readonly lastStableOffset: bigint
}

const noBytes = Buffer.alloc(0)

export const readOf = (
  { startOffset, endOffset, lastStableOffset }: LogBounds,
  records: Buffer,
  abortedTransactions: ReadResult['abortedTransactions'],
): ReadResult => ({
  errorCode: errorCode.NONE,
  records,
  abortedTransactions,
  highWatermark: endOffset,
  lastStableOffset,
  logStartOffset: startOffset,
})

export const readNothing = (bounds: LogBounds, readCommitted: boolean): ReadResult =>
  readOf(bounds, noBytes, readCommitted ? [] : null)

/** Bounds are unknown in Kafka's answer where a read fails. */
export const readRefused = (code: number): ReadResult => ({
  errorCode: code,
  records: noBytes,
  abortedTransactions: null,
  highWatermark: -1n,
  lastStableOffset: -1n,
  logStartOffset: -1n,
})
