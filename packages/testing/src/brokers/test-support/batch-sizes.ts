import { createAnswerReader, type HostPort, int32, int8, rawRequest, text } from '../raw-request.js'

const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

/** How many records each batch of a partition has, read with one raw Fetch (version 4) and straight from the batch headers. */
export async function batchSizes(address: HostPort, topic: string, signal: AbortSignal): Promise<number[]> {
  const limits = [int32(-1), int32(100), int32(1), int32(50_000_000), int8(0)]
  const partition = [int32(1), int32(0), int64(0n), int32(50_000_000)]
  const body = Buffer.concat([...limits, int32(1), text(topic), ...partition])
  const bytes = await rawRequest(address, { apiKey: 1, apiVersion: 4, body }, signal)
  const answer = createAnswerReader(bytes)
  answer.int32() // throttle time
  answer.int32() // one topic
  answer.text()
  answer.int32() // one partition
  answer.int32()
  answer.int16() // no error
  for (let word = 0; word < 4; word += 1) answer.int32() // high watermark, last stable offset
  answer.int32() // no list of aborted transactions
  const length = answer.int32()

  const sizes: number[] = []
  let batch = bytes.subarray(bytes.length - length)
  while (batch.length > 61) {
    sizes.push(batch.readInt32BE(57)) // Kafka documentation, "Record Batch": the count stands behind the base sequence
    batch = batch.subarray(12 + batch.readInt32BE(8))
  }
  return sizes
}
