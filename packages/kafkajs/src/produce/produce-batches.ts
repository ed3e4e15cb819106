import type { ProducedPartition } from '../wire/decode-produce-response.js'
import type { PendingBatch } from './batch-endings.js'
import type { BrokerLink } from './broker-links.js'

/** Java's `max.request.size`: keeps one request from holding a connection for long. A larger batch goes alone. */
const MAX_REQUEST_BYTES = 1_048_576
/**
 * The largest record that is ever sent, bytes: Kafka's default `socket.request.max.bytes` less what stands around the record.
 * A broker closes the connection on a longer request without reading it, which would look like a lost answer and be repeated.
 */
export const MAX_RECORD_BYTES = 104_857_600 - 4_096

/** Numbered batches of one leader, cut into requests. */
export function requestsOf(batches: readonly PendingBatch[]): PendingBatch[][] {
  const requests: PendingBatch[][] = []
  let current: PendingBatch[] = []
  let size = 0
  for (const batch of batches) {
    const bytes = batch.sent?.frame.length ?? 0
    if (current.length > 0 && size + bytes > MAX_REQUEST_BYTES) {
      requests.push(current)
      current = []
      size = 0
    }
    current.push(batch)
    size += bytes
  }
  if (current.length > 0) requests.push(current)
  return requests
}

export interface ProduceSettings {
  /** How long a broker may wait for its replicas, ms. */
  readonly timeoutMs: number
  /** Of the transaction that the batches are part of. */
  readonly transactionalId: string | undefined
}

/** Sends numbered batches, one per partition, in one request. Returns what the leader said about each; rejects when it said nothing. */
export async function produceBatches(
  link: BrokerLink,
  batches: readonly PendingBatch[],
  { timeoutMs, transactionalId }: ProduceSettings,
): Promise<{ readonly results: ReadonlyMap<PendingBatch, ProducedPartition> }> {
  const topics = new Map<string, Map<number, PendingBatch>>()
  for (const batch of batches) {
    const { topic, partition } = batch.queue
    const ofTopic = topics.get(topic) ?? new Map<number, PendingBatch>()
    topics.set(topic, ofTopic.set(partition, batch))
  }
  const response = await link.produce({
    ...(transactionalId === undefined ? {} : { transactionalId }),
    acks: -1,
    timeoutMs,
    topics: [...topics].map(([topic, ofTopic]) => ({
      topic,
      partitions: [...ofTopic].flatMap(([partition, { sent }]) =>
        sent === undefined ? [] : [{ partition, batch: sent.frame }],
      ),
    })),
  })
  const results = new Map<PendingBatch, ProducedPartition>()
  for (const result of response.partitions) {
    const batch = topics.get(result.topic)?.get(result.partition)
    if (batch !== undefined) results.set(batch, result)
  }
  return { results }
}
