import { setTimeout as delay } from 'node:timers/promises'
import { errorCode } from '@millrace/broker/protocol'
import { type BatchRecord, encodeBatch, noProducer } from './encode-batch.js'
import { isRetriable, KafkaRefusal, refuse } from './kafka-refusal.js'
import { planBatches, type PlannedRecord } from './plan-batches.js'
import type { ProducerSettings } from './producer-settings.js'
import { late, retrying } from './retrying.js'
import type { WireCluster } from './wire-cluster.js'
import type { WireFixture } from './wire-fixture.js'
import { initProducerId, openTransactions, type ProducerId, type WireTransactions } from './wire-transaction.js'

/** Where a record went; offset -1 where the broker was not asked to say it. */
export interface RecordPlace {
  readonly partition: number
  readonly offset: bigint
}

/** One producer: one epoch of an id, a sequence for each partition, one batch in flight for each. */
export interface WireProducer {
  /** Undefined without a transactional id. */
  readonly transactions: WireTransactions | undefined
  /** Sends every fixture as often as it says; resolves when all are stored. */
  send(topic: string, fixtures: readonly WireFixture[], limit: AbortSignal): Promise<readonly RecordPlace[]>
  /** One batch to one partition: its base offset. */
  sendBatch(topic: string, partition: number, records: readonly BatchRecord[], limit: AbortSignal): Promise<bigint>
}

const betweenTriesMs = 20
/** The largest sequence is followed by 0. */
const sequences = 2 ** 31

export async function openWireProducer(
  cluster: WireCluster,
  settings: ProducerSettings,
  { transactionalId, limit }: { readonly transactionalId: string | undefined; readonly limit: AbortSignal },
): Promise<WireProducer> {
  const isTransactional = transactionalId !== undefined
  const wanted = { transactionalId: transactionalId ?? null, timeoutMs: settings.transactionTimeoutMs }
  const id = isTransactional || settings.isIdempotent ? await initProducerId(cluster, wanted, limit) : undefined
  const transactions = isTransactional && id !== undefined ? openTransactions(cluster, transactionalId, id) : undefined
  const write = createBatchWriter(cluster, settings, { transactionalId, id })

  async function sendBatch(
    topic: string,
    partition: number,
    records: readonly BatchRecord[],
    signal: AbortSignal,
  ): Promise<bigint> {
    await transactions?.addPartition(topic, partition, signal)
    return write(topic, partition, records, signal)
  }
  return {
    transactions,
    sendBatch,
    async send(topic, fixtures, signal) {
      const partitions = await partitionsOf(cluster, topic, signal)
      const places: RecordPlace[] = []
      for (const round of planBatches(fixtures, partitions, settings)) {
        const sending = [...round].map(async ([partition, batches]) => {
          for (const batch of batches) {
            const base = await sendBatch(topic, partition, batch, signal)
            note(places, partition, batch, base)
          }
        })
        await Promise.all(sending)
      }
      return places
    },
  }
}

function note(places: RecordPlace[], partition: number, batch: readonly PlannedRecord[], base: bigint): void {
  for (const [at, { index }] of batch.entries()) {
    places[index] = { partition, offset: base < 0n ? -1n : base + BigInt(at) }
  }
}

/** Java's producer waits for a topic that nobody knows, and says at the end that it timed out. */
const partitionsOf = (cluster: WireCluster, topic: string, limit: AbortSignal): Promise<number> =>
  retrying(`"${topic}" is not in the metadata`, limit, async () => {
    try {
      return (await cluster.topic(topic, limit)).partitions.length
    } catch (error) {
      throw asPassing(error)
    }
  })

/** For a producer an unknown topic is one that it does not know yet. */
function asPassing(error: unknown): unknown {
  if (!(error instanceof KafkaRefusal) || error.kafkaError !== 'UnknownTopicOrPartitionException') return error
  return new KafkaRefusal(error.kafkaError, error.message, { cause: error, isRetriable: true })
}

type WriteBatch = WireProducer['sendBatch']

function createBatchWriter(
  cluster: WireCluster,
  { acks, codec, retries }: ProducerSettings,
  { transactionalId, id }: { readonly transactionalId: string | undefined; readonly id: ProducerId | undefined },
): WriteBatch {
  const next = new Map<string, number>()

  async function once(topic: string, partition: number, records: Buffer, limit: AbortSignal): Promise<bigint> {
    const leader = await cluster.leaderOf(topic, partition, limit)
    const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
    const asked = { transactionalId: transactionalId ?? null, acks, timeoutMs: 10_000, topicData }
    if (acks === 0) {
      await cluster.tell(leader, 'Produce', asked, limit)
      return -1n
    }
    const answer = await cluster.ask(leader, 'Produce', asked, limit)
    const [stored] = answer.responses[0]?.partitionResponses ?? []
    // It is stored already, by a try whose answer was lost so long ago that its offset is forgotten.
    if (stored?.errorCode === errorCode.DUPLICATE_SEQUENCE_NUMBER) return -1n
    refuse(stored?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, `${topic}-${partition}`, stored?.errorMessage)
    return stored?.baseOffset ?? -1n
  }

  /** The same bytes until they are stored: the broker knows them again by their sequence. */
  async function untilStored(topic: string, partition: number, bytes: Buffer, limit: AbortSignal): Promise<bigint> {
    for (let left = retries; ; left -= 1) {
      try {
        return await once(topic, partition, bytes, limit)
      } catch (error) {
        if (limit.aborted) throw late(`storing in ${topic}-${partition}`, limit, error)
        const reason = asPassing(error)
        if (left <= 0 || !isRetriable(reason)) throw error
        await delay(betweenTriesMs)
      }
    }
  }

  return async function write(topic, partition, records, limit): Promise<bigint> {
    const place = `${topic}/${partition}`
    const baseSequence = next.get(place) ?? 0
    const producer = id === undefined ? noProducer : { ...id, baseSequence }
    const bytes = encodeBatch(records, { producer, codec, isTransactional: transactionalId !== undefined })
    try {
      const base = await untilStored(topic, partition, bytes, limit)
      next.set(place, (baseSequence + records.length) % sequences)
      return base
    } catch (error) {
      const isTooLarge = error instanceof KafkaRefusal && error.kafkaError === 'RecordTooLargeException'
      if (!isTooLarge || records.length === 1) throw error
      // As Java does, each half by itself. Nothing of it was stored, so its sequence is free.
      const middle = records.length >> 1
      const base = await write(topic, partition, records.slice(0, middle), limit)
      await write(topic, partition, records.slice(middle), limit)
      return base
    }
  }
}
