/**
 * The transactions of one producer, one after the other. `ready`: none is open. `open`: begun; partitions and groups are added to
 * it when they are first written to, and a transaction without any ends without a word. `over`: fenced, or closed.
 */
import { errorCode } from '@millrace/broker/protocol'
import { KafkaRefusal, refuse } from './kafka-refusal.js'
import { retrying } from './retrying.js'
import type { WireCluster } from './wire-cluster.js'

export interface ProducerId {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface GroupOffsets {
  readonly group: string
  readonly topic: string
  readonly offsets: readonly (readonly [partition: number, offset: bigint])[]
}

export interface WireTransactions {
  begin(): void
  /** Before the first record of a partition. */
  addPartition(topic: string, partition: number, limit: AbortSignal): Promise<void>
  /** For a group from nobody in particular. */
  sendOffsets(offsets: GroupOffsets, limit: AbortSignal): Promise<void>
  /** Resolves when its markers are written: the answer to the end comes before a reader can see it. */
  end(outcome: 'commit' | 'abort', limit: AbortSignal): Promise<void>
}

const [groupKey, transactionKey] = [0, 1] as const

export function openTransactions(cluster: WireCluster, transactionalId: string, id: ProducerId): WireTransactions {
  const requests = createTransactionRequests(cluster, transactionalId, id)
  let state: 'ready' | 'open' | 'over' = 'ready'
  const added = new Set<string>()

  const expect = (wanted: typeof state, doing: string): void => {
    if (state !== wanted) throw new KafkaRefusal('IllegalStateException', `${doing}: the transaction is ${state}`)
  }
  /** Asks the coordinator, again where that passes; whoever is fenced is so for good. */
  const ask = (what: string, limit: AbortSignal, work: (coordinator: number) => Promise<void>): Promise<void> =>
    retrying(what, limit, async () => work(await cluster.coordinatorOf(transactionalId, transactionKey, limit))).catch(
      (error: unknown) => {
        if (error instanceof KafkaRefusal && /ProducerFenced|InvalidProducerEpoch/.test(error.kafkaError))
          state = 'over'
        throw error
      },
    )

  return {
    begin() {
      expect('ready', 'begin')
      state = 'open'
      added.clear()
    },

    async addPartition(topic, partition, limit) {
      expect('open', 'send')
      const name = `${topic}/${partition}`
      if (added.has(name)) return
      await ask(`adding ${name}`, limit, (coordinator) => requests.addPartition(coordinator, topic, partition, limit))
      added.add(name)
    },

    async sendOffsets(offsets, limit) {
      const { group } = offsets
      expect('open', 'sendOffsets')
      await ask(`adding group ${group}`, limit, (coordinator) => requests.addGroup(coordinator, group, limit))
      added.add(`the offsets of ${group}`)
      await retrying(`offsets of "${group}"`, limit, async () => {
        const coordinator = await cluster.coordinatorOf(group, groupKey, limit)
        await requests.commitOffsets(coordinator, offsets, limit)
      })
    },

    async end(outcome, limit) {
      expect('open', outcome)
      if (added.size > 0) {
        await ask(outcome, limit, (coordinator) => requests.end(coordinator, outcome, limit))
        await ask(`markers of "${transactionalId}"`, limit, (coordinator) =>
          requests.markersWritten(coordinator, limit),
        )
      }
      state = 'ready'
    },
  }
}

/** What one transactional producer asks the coordinator of its transactions, or of a group. Each rejects as the broker refuses. */
function createTransactionRequests(cluster: WireCluster, transactionalId: string, id: ProducerId) {
  return {
    async addPartition(coordinator: number, topic: string, partition: number, limit: AbortSignal): Promise<void> {
      const asked = {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: id.producerId,
        v3AndBelowProducerEpoch: id.producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
      }
      const answer = await cluster.ask(coordinator, 'AddPartitionsToTxn', asked, limit)
      const [result] = answer.resultsByTopicV3AndBelow[0]?.resultsByPartition ?? []
      refuse(result?.partitionErrorCode ?? errorCode.UNKNOWN_SERVER_ERROR, `adding ${topic}/${partition}`)
    },

    async addGroup(coordinator: number, group: string, limit: AbortSignal): Promise<void> {
      const asked = { transactionalId, ...id, groupId: group }
      const { errorCode: code } = await cluster.ask(coordinator, 'AddOffsetsToTxn', asked, limit)
      refuse(code, `adding offsets of "${group}"`)
    },

    async commitOffsets(
      coordinator: number,
      { group, topic, offsets }: GroupOffsets,
      limit: AbortSignal,
    ): Promise<void> {
      const partitions = offsets.map(([partitionIndex, committedOffset]) => ({
        partitionIndex,
        committedOffset,
        committedMetadata: '',
      }))
      const asked = { transactionalId, groupId: group, ...id, topics: [{ name: topic, partitions }] }
      const answer = await cluster.ask(coordinator, 'TxnOffsetCommit', asked, limit)
      for (const one of answer.topics[0]?.partitions ?? []) refuse(one.errorCode, `offsets of "${group}"`)
    },

    async end(coordinator: number, outcome: 'commit' | 'abort', limit: AbortSignal): Promise<void> {
      const asked = { transactionalId, ...id, committed: outcome === 'commit' }
      const { errorCode: code } = await cluster.ask(coordinator, 'EndTxn', asked, limit)
      refuse(code, outcome)
    },

    /** Rejects, retriable, while they are not. */
    async markersWritten(coordinator: number, limit: AbortSignal): Promise<void> {
      const asked = { transactionalIds: [transactionalId] }
      const answer = await cluster.ask(coordinator, 'DescribeTransactions', asked, limit)
      const seen = answer.transactionStates[0]?.transactionState ?? ''
      if (seen.startsWith('Prepare')) refuse(errorCode.CONCURRENT_TRANSACTIONS, `the transaction is in ${seen}`)
    },
  }
}

/** A new epoch of a transactional id, which fences the producer before it; or an id for an idempotent producer. */
export const initProducerId = (
  cluster: WireCluster,
  { transactionalId, timeoutMs }: { readonly transactionalId: string | null; readonly timeoutMs: number },
  limit: AbortSignal,
): Promise<ProducerId> =>
  retrying(`an id for producer "${transactionalId}"`, limit, async () => {
    const node =
      transactionalId === null ? undefined : await cluster.coordinatorOf(transactionalId, transactionKey, limit)
    const asked = { transactionalId, transactionTimeoutMs: timeoutMs }
    const { errorCode: code, producerId, producerEpoch } = await cluster.ask(node, 'InitProducerId', asked, limit)
    refuse(code, 'InitProducerId')
    return { producerId, producerEpoch }
  })
