import { errorCode } from '../protocol/error-codes.js'
import type { BatchFault, RecordError } from './batch-fault.js'

export interface AppendResult {
  readonly errorCode: number
  /** -1 where nothing was written; of a repetition, that of the first time. */
  readonly baseOffset: bigint
  /** -1 on topics that keep the producer's timestamps. */
  readonly logAppendTime: bigint
  readonly logStartOffset: bigint
  readonly recordErrors: readonly RecordError[]
  readonly errorMessage: string | null
}

const noErrors: readonly RecordError[] = []

export const appended = (baseOffset: bigint, logAppendTime: bigint, logStartOffset: bigint): AppendResult => ({
  errorCode: errorCode.NONE,
  baseOffset,
  logAppendTime,
  logStartOffset,
  recordErrors: noErrors,
  errorMessage: null,
})

export const notAppended = (fault: BatchFault, logStartOffset: bigint): AppendResult => ({
  errorCode: fault.errorCode,
  baseOffset: -1n,
  logAppendTime: -1n,
  logStartOffset: fault.namesLogStart ? logStartOffset : -1n,
  recordErrors: fault.recordErrors,
  errorMessage: fault.message,
})
