import { errorCode } from '../protocol/error-codes.js'

export interface RecordError {
  /** The record's place in its batch, despite its name in the protocol. */
  readonly batchIndex: number
  readonly message: string | null
}

/** Why a batch is refused. */
export interface BatchFault {
  readonly errorCode: number
  /** Null where Kafka says no more than the code. */
  readonly message: string | null
  readonly recordErrors: readonly RecordError[]
  /** Kafka names the log's start in its answer only where the fault is between the batch and what the log already holds. */
  readonly namesLogStart: boolean
}

const none: readonly RecordError[] = []

const corruptAs = (message: string | null): BatchFault => ({
  errorCode: errorCode.CORRUPT_MESSAGE,
  message,
  recordErrors: none,
  namesLogStart: false,
})

export const corrupt = corruptAs(null)

export const tooSmall = (length: number, least: number): BatchFault =>
  corruptAs(`Record size ${length} is less than the minimum record overhead (${least})`)

export const unknownMagic = (magic: number): BatchFault => corruptAs(`Invalid magic found in record: ${magic}`)

/** The request does not carry exactly one batch of magic 2. */
export const notOneBatch: BatchFault = {
  errorCode: errorCode.INVALID_RECORD,
  message: null,
  recordErrors: none,
  namesLogStart: false,
}

export const tooLarge: BatchFault = {
  errorCode: errorCode.MESSAGE_TOO_LARGE,
  message: null,
  recordErrors: none,
  namesLogStart: false,
}

/** The broker has no room: what a client retries, and what retention may cure. */
export const noRoom: BatchFault = {
  errorCode: errorCode.KAFKA_STORAGE_ERROR,
  message: 'The logs of this broker hold all that its memory limit allows',
  recordErrors: none,
  namesLogStart: false,
}

export const topicGone: BatchFault = {
  errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION,
  message: null,
  recordErrors: none,
  namesLogStart: false,
}

export const refusedByLog = (code: number): BatchFault => ({
  errorCode: code,
  message: null,
  recordErrors: none,
  namesLogStart: true,
})

export const invalidRecord = refusedByLog(errorCode.INVALID_RECORD)

/** KIP-467: which records, and why. */
export const refusedRecords = (code: number, message: string, recordErrors: readonly RecordError[]): BatchFault => ({
  errorCode: code,
  message,
  recordErrors,
  namesLogStart: true,
})
