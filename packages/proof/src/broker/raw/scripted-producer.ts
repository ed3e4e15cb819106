/** A transactional producer of a script: keeps the ids, and says the requests of a transaction with them. */
import { type BatchToSend, buildBatch } from './build-batch.js'
import type { Asked } from './raw-connection.js'
import { produceTo } from './request-bodies.js'
import type { Client } from './stage.js'

export interface ScriptedProducer {
  readonly id: string
  readonly pid: bigint
  readonly epoch: number
  /** Bodies of requests; `epoch` and `pid` may be others than its own. */
  addPartitions(topics: Readonly<Record<string, readonly number[]>>, other?: Other): Asked<'AddPartitionsToTxn'>
  addOffsets(groupId: string, other?: Other): Asked<'AddOffsetsToTxn'>
  end(committed: boolean, other?: Other): Asked<'EndTxn'>
  stage(groupId: string, topic: string, offset: number, o?: StageParts): Asked<'TxnOffsetCommit'>
  /** One transactional batch; it counts the sequences of a partition itself. */
  produce(
    topic: string,
    o?: BatchToSend & { readonly partition?: number; readonly transactionalId?: string | null },
  ): Asked<'Produce'>
  /** Begins on a partition and writes one batch there, without writing it down. */
  begin(client: Client, topic: string, partition?: number): Promise<void>
  /** Ends its transaction and waits for the markers, without writing it down. */
  finish(client: Client, committed: boolean): Promise<void>
}

interface Other {
  readonly epoch?: number
  readonly pid?: bigint
  readonly id?: string
}

interface StageParts extends Other {
  readonly generation?: number
  readonly member?: string
  readonly instance?: string | null
  readonly partition?: number
  readonly metadata?: string | null
}

/** Gets its id without writing it down. */
export async function scriptedProducer(client: Client, id: string, timeoutMs = 60_000): Promise<ScriptedProducer> {
  const { producerId: pid, producerEpoch: epoch } = await client.quietly('InitProducerId', 1, {
    transactionalId: id,
    transactionTimeoutMs: timeoutMs,
  })
  return producerWith(id, pid, epoch)
}

export function producerWith(id: string, pid: bigint, epoch: number): ScriptedProducer {
  const sequences = new Map<string, number>()
  const who = (other: Other = {}) => ({
    transactionalId: other.id ?? id,
    producerId: other.pid ?? pid,
    producerEpoch: other.epoch ?? epoch,
  })
  const producer: ScriptedProducer = {
    id,
    pid,
    epoch,
    addPartitions(topics, other) {
      const { transactionalId, producerId, producerEpoch } = who(other)
      return {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
      }
    },
    addOffsets: (groupId, other) => ({ ...who(other), groupId }),
    end: (committed, other) => ({ ...who(other), committed }),
    stage: (groupId, topic, offset, o = {}) => ({
      ...who(o),
      groupId,
      generationId: o.generation ?? -1,
      memberId: o.member ?? '',
      groupInstanceId: o.instance ?? null,
      topics: [
        {
          name: topic,
          partitions: [
            {
              partitionIndex: o.partition ?? 0,
              committedOffset: BigInt(offset),
              committedMetadata: o.metadata === undefined ? '' : o.metadata,
            },
          ],
        },
      ],
    }),
    produce(topic, { partition = 0, transactionalId = id, ...batch } = {}) {
      const key = `${topic}/${partition}`
      const sequence = sequences.get(key) ?? 0
      sequences.set(key, sequence + (batch.records?.length ?? 1))
      const records = buildBatch({ pid, epoch, sequence, transactional: true, ...batch })
      return produceTo(topic, records, { partition, transactionalId })
    },
    async begin(client, topic, partition = 0) {
      await client.quietly('AddPartitionsToTxn', 1, producer.addPartitions({ [topic]: [partition] }))
      await client.quietly('Produce', 7, producer.produce(topic, { partition }))
    },
    async finish(client, committed) {
      await client.quietly('EndTxn', 1, producer.end(committed))
      // The same outcome once more is 51 until the markers are written.
      await client.quietly('EndTxn', 1, producer.end(committed))
    },
  }
  return producer
}
