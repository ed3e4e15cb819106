import type { Clock } from '../clock/clock.js'
import { notOneBatch } from '../log/batch-fault.js'
import { type AppendResult, notAppended } from '../log/append-result.js'
import { sizeOfOnlyBatch } from '../log/only-batch.js'
import { batchOverhead, compressionOf, isTransactional, readBatchHeader } from '../log/record-batch.js'
import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import { closeConnection, noAnswer, type RequestHandler } from './answer.js'
import { lastPerPartition } from './last-per-partition.js'
import type { PartitionLookup } from './partition-lookup.js'

export interface WriteVerifier {
  /** An error code: may this producer write transactional records to this partition now? */
  verifyWrite(
    transactionalId: string | null,
    producerId: bigint,
    producerEpoch: number,
    topic: string,
    partition: number,
  ): number
}

export interface ProduceDeps {
  readonly topics: PartitionLookup
  readonly transactions: WriteVerifier
  readonly clock: Pick<Clock, 'now'>
}

type Request = RequestBody<'Produce'>
type Response = ResponseBody<'Produce'>
type PartitionAnswer = Response['responses'][number]['partitionResponses'][number]

/** What all partitions of one request share. */
interface Write {
  readonly apiVersion: number
  readonly acks: number
  readonly transactionalId: string | null
}

const zstd = 4
/** The first version whose clients know zstd (KIP-110). */
const zstdVersion = 7

/** Topics are never created by it. Batches are taken one partition after the other; there is nothing to wait for. */
export function createProduceHandler(deps: ProduceDeps): RequestHandler<Request, Response> {
  return (request, { apiVersion }) => {
    const { acks, transactionalId } = request
    const isRefused = transactionalId === null && hasTransactionalBatch(request)
    const write: Write = { apiVersion, acks, transactionalId }
    let hasError = false
    const responses = lastPerPartition(request.topicData).map(({ name, partitionData }) => ({
      name,
      partitionResponses: partitionData.map(({ index, records }) => {
        const result = isRefused
          ? refusal(errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
          : writeTo(deps, write, name, index, records)
        hasError ||= result.errorCode !== errorCode.NONE
        return answerOf(index, result)
      }),
    }))
    // Whoever waits for no answer learns of an error by losing the connection.
    if (acks === 0) return hasError ? closeConnection : noAnswer
    return { responses }
  }
}

function writeTo(deps: ProduceDeps, write: Write, topic: string, index: number, records: Buffer | null): AppendResult {
  const log = deps.topics.partition(topic, index)?.log
  if (log === undefined) return refusal(errorCode.UNKNOWN_TOPIC_OR_PARTITION)
  // Kafka never answers a null; everybody else's tests are better off with an answer.
  if (records === null) return notAppended(notOneBatch, -1n)
  const size = sizeOfOnlyBatch(records)
  if (typeof size !== 'number') return notAppended(size, -1n)
  if (write.acks < -1 || write.acks > 1) return refusal(errorCode.INVALID_REQUIRED_ACKS)
  if (size >= batchOverhead) {
    const header = readBatchHeader(records)
    if (compressionOf(header) === zstd && write.apiVersion < zstdVersion) {
      return refusal(errorCode.UNSUPPORTED_COMPRESSION_TYPE)
    }
    if (isTransactional(header)) {
      const { producerId, producerEpoch } = header
      const code = deps.transactions.verifyWrite(write.transactionalId, producerId, producerEpoch, topic, index)
      if (code !== errorCode.NONE) return refusal(code, verificationMessages.get(code))
    }
  }
  return log.append(records, { now: deps.clock.now() })
}

function hasTransactionalBatch({ topicData }: Request): boolean {
  return topicData.some(({ partitionData }) =>
    partitionData.some(
      ({ records }) =>
        records !== null &&
        records.length >= batchOverhead &&
        typeof sizeOfOnlyBatch(records) === 'number' &&
        isTransactional(readBatchHeader(records)),
    ),
  )
}

/** What Kafka says besides the code, from version 8 on. */
const verificationMessages: ReadonlyMap<number, string> = new Map([
  [errorCode.INVALID_TXN_STATE, 'Partition was not added to the transaction'],
])

const refusal = (code: number, message: string | null = null): AppendResult =>
  notAppended({ errorCode: code, message, recordErrors: [], namesLogStart: false }, -1n)

const answerOf = (index: number, result: AppendResult): PartitionAnswer => ({
  index,
  errorCode: result.errorCode,
  baseOffset: result.baseOffset,
  logAppendTimeMs: result.logAppendTime,
  logStartOffset: result.logStartOffset,
  recordErrors: result.recordErrors.map(({ batchIndex, message }) => ({ batchIndex, batchIndexErrorMessage: message })),
  errorMessage: result.errorMessage,
})
