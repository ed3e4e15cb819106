import { ByteWriter, sizeOfString } from './byte-writer.js'

export interface ProduceRequest {
  readonly transactionalId?: string
  /** -1: all in-sync replicas. Without an acknowledgement there would be nothing to return. */
  readonly acks: -1 | 1
  /** How long the broker may wait for its replicas, ms. */
  readonly timeoutMs: number
  readonly topics: readonly ProduceTopic[]
}

export interface ProduceTopic {
  readonly topic: string
  /** One encoded batch each; the broker refuses two batches for one partition. */
  readonly partitions: readonly { readonly partition: number; readonly batch: Buffer }[]
}

/** The body of a Produce request; versions 3 to 7 share it. */
export function encodeProduceRequest(request: ProduceRequest): Buffer {
  const { acks, timeoutMs, topics } = request
  const transactionalId = request.transactionalId ?? null
  const writer = new ByteWriter(sizeOfBody(transactionalId, topics))
  writer.writeString(transactionalId)
  writer.writeInt16(acks)
  writer.writeInt32(timeoutMs)
  writer.writeInt32(topics.length)
  for (const { topic, partitions } of topics) {
    writer.writeString(topic)
    writer.writeInt32(partitions.length)
    for (const { partition, batch } of partitions) {
      writer.writeInt32(partition)
      writer.writeInt32(batch.length)
      writer.writeBytes(batch)
    }
  }
  return writer.bytes
}

function sizeOfBody(transactionalId: string | null, topics: readonly ProduceTopic[]): number {
  let size = sizeOfString(transactionalId) + 2 + 4 + 4
  for (const { topic, partitions } of topics) {
    size += sizeOfString(topic) + 4
    for (const { batch } of partitions) size += 8 + batch.length
  }
  return size
}
