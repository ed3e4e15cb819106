import { bounded, TimedOut } from '../client/bounded.js'
import type { Client } from '../client/open-client.js'
import { topicIdsRequest } from '../wire/topic-ids-request.js'
import { WireFault } from '../wire/wire-fault.js'

const METADATA = 3
/** Past it the next node is asked as well. That an answer is late is no reason to give its node up: the network may be slow. */
const PATIENCE_MS = 1000
/** Past it the node is taken for frozen. */
const LIMIT_MS = 5000

export interface TopicIds {
  /**
   * The ids of those that exist, none where the brokers are too old to know them (before Kafka 2.8). Rejects when no broker
   * answers. Bounded.
   */
  ask(topics: readonly string[], signal: AbortSignal, first?: number): Promise<ReadonlyMap<string, string>>
}

/**
 * A topic that was deleted and created again has the same name, partitions and offsets, but another id. Asked is the node that
 * is named first (it leads what is asked for, so it is likely to be there), else the one that answered last; then the others.
 */
export function createTopicIds({ cluster, drop }: Pick<Client, 'cluster' | 'drop'>): TopicIds {
  let answeredLast: string | undefined

  async function askAt(nodeId: string, topics: readonly string[], signal: AbortSignal) {
    const broker = await bounded(cluster.findBroker({ nodeId }), 'connecting', LIMIT_MS, signal)
    const asking = broker.connectionPool.send(broker.lookupRequest(METADATA, topicIdsRequest)([...topics]))
    try {
      const answer = await bounded(asking, 'asking for topic ids', LIMIT_MS, signal)
      if (!isIds(answer)) throw new WireFault('corrupt', 'topic ids decode to a map')
      answeredLast = nodeId
      return answer
    } catch (error) {
      if (error instanceof TimedOut) drop(broker.connectionPool)
      throw error
    }
  }

  return {
    async ask(topics, signal, first) {
      if (topics.length === 0) return new Map()
      const preferred = first === undefined ? answeredLast : String(first)
      const nodeIds = cluster.getNodeIds().toSorted((a, b) => Number(b === preferred) - Number(a === preferred))
      const asked: Promise<ReadonlyMap<string, string>>[] = []
      for (const nodeId of nodeIds) {
        asked.push(askAt(nodeId, topics, signal).catch(noneFromOldBroker))
        try {
          return await bounded(Promise.any(asked), 'asking for topic ids', PATIENCE_MS, signal)
        } catch {
          signal.throwIfAborted()
          // The next node may answer, or one that was asked already.
        }
      }
      try {
        return await Promise.any(asked)
      } catch (error) {
        signal.throwIfAborted()
        throw error instanceof AggregateError ? (error.errors.at(-1) ?? new Error('no broker is known')) : error
      }
    },
  }
}

const isIds = (answer: unknown): answer is ReadonlyMap<string, string> => answer instanceof Map

function noneFromOldBroker(error: unknown): ReadonlyMap<string, string> {
  if (error instanceof WireFault && error.kind === 'unsupported-format') return new Map()
  throw error
}
