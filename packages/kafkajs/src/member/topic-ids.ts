import { bounded } from '../client/bounded.js'
import type { Client } from '../client/open-client.js'
import { topicIdsRequest } from '../wire/topic-ids-request.js'
import { WireFault } from '../wire/wire-fault.js'

const METADATA = 3
const LIMIT_MS = 5000

export interface TopicIds {
  /**
   * The ids of those that exist, none where the brokers are too old to know them (before Kafka 2.8). Rejects when no broker
   * answers. Bounded.
   */
  ask(topics: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>
}

/** A topic that was deleted and created again has the same name, partitions and offsets, but another id. */
export function createTopicIds({ cluster }: Client): TopicIds {
  const askAt = async (nodeId: string, topics: readonly string[]): Promise<unknown> => {
    const broker = await cluster.findBroker({ nodeId })
    return broker.connectionPool.send(broker.lookupRequest(METADATA, topicIdsRequest)([...topics]))
  }
  return {
    async ask(topics, signal) {
      if (topics.length === 0) return new Map()
      let last: unknown = new Error('no broker is known')
      for (const nodeId of cluster.getNodeIds()) {
        try {
          const answer = await bounded(askAt(nodeId, topics), 'asking for topic ids', LIMIT_MS, signal)
          if (answer instanceof Map) return answer
        } catch (error) {
          if (error instanceof WireFault && error.kind === 'unsupported-format') return new Map()
          signal.throwIfAborted()
          last = error // the next node may answer
        }
      }
      throw last
    },
  }
}
