import type { Answered, Link, Lost } from './link.js'
import { topic } from './read-log.js'

/** Who a producer is, as the broker told it. */
export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** What became of what was asked, for the one partition that it was about. */
interface Told {
  readonly errorCode: number
}

const timeoutMs = 20_000

/** What an idempotent or transactional producer asks. Each request is sent once, and its answer may be lost. */
export class ProducerRequests {
  readonly #link: Link
  readonly #transactionalId: string | null

  constructor(link: Link, transactionalId: string | null) {
    this.#link = link
    this.#transactionalId = transactionalId
  }

  /** With an identity: the same instance recovers (KIP-360). */
  initProducerId(identity?: Identity): Promise<Answered<'InitProducerId'> | Lost> {
    const asked = { transactionalId: this.#transactionalId, transactionTimeoutMs: timeoutMs, ...identity }
    return this.#link.ask('InitProducerId', identity === undefined ? 1 : 4, asked)
  }

  async produce(partition: number, records: Buffer): Promise<(Told & { readonly baseOffset: bigint }) | Lost> {
    const answer = await this.#link.ask('Produce', 7, {
      transactionalId: this.#transactionalId,
      acks: -1,
      timeoutMs: 1_000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    })
    if (answer === 'lost') return answer
    return answer.responses[0]?.partitionResponses[0] ?? { errorCode: -1, baseOffset: -1n }
  }

  async addPartition({ producerId, producerEpoch }: Identity, partition: number): Promise<Told | Lost> {
    const answer = await this.#link.ask('AddPartitionsToTxn', 1, {
      v3AndBelowTransactionalId: this.#transactionalId ?? '',
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    })
    if (answer === 'lost') return answer
    return { errorCode: answer.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1 }
  }

  addOffsets(identity: Identity, groupId: string): Promise<Told | Lost> {
    return this.#link.ask('AddOffsetsToTxn', 1, { transactionalId: this.#transactionalId ?? '', ...identity, groupId })
  }

  async commitOffset(
    identity: Identity,
    groupId: string,
    { partition, offset }: { readonly partition: number; readonly offset: bigint },
  ): Promise<Told | Lost> {
    const partitions = [{ partitionIndex: partition, committedOffset: offset, committedMetadata: '' }]
    const answer = await this.#link.ask('TxnOffsetCommit', 3, {
      transactionalId: this.#transactionalId ?? '',
      groupId,
      ...identity,
      topics: [{ name: topic, partitions }],
    })
    if (answer === 'lost') return answer
    return { errorCode: answer.topics[0]?.partitions[0]?.errorCode ?? -1 }
  }

  endTransaction(identity: Identity, committed: boolean): Promise<Told | Lost> {
    return this.#link.ask('EndTxn', 1, { transactionalId: this.#transactionalId ?? '', ...identity, committed })
  }
}
