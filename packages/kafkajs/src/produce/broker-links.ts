import type { ProduceResponse } from '../wire/decode-produce-response.js'
import type { ProduceRequest } from '../wire/encode-produce-request.js'
import type { ClusterNode } from './metadata-request.js'
import type { WireRequest } from './wire-broker.js'

/**
 * The sender's connections, one per node. A link is connected once and never again: whatever goes wrong on it, a request that
 * takes too long included, ends it, and the next use builds a new one. That drops a frozen leader (K35) and never reads the rest of
 * an old answer from a new connection.
 */
export interface BrokerLinks {
  /** Where nodes live. A node that moved or left loses its link. */
  learn(nodes: readonly ClusterNode[]): void
  /** One more node, from an answer that names no others. */
  add(node: ClusterNode): void
  /** The link to a node, if it stands. */
  standing(nodeId: number): BrokerLink | undefined
  /** Connects to a node. Rejects when it is not known or not reachable. */
  connect(nodeId: number): Promise<BrokerLink>
  /** Any node that answers, the ones that just failed last; the list of seeds when none is known. */
  connectAny(): Promise<BrokerLink>
  /** Ends all links and refuses new ones. */
  close(): void
}

/** Requests are bounded. Anything thrown has ended the link: the outcome of all its requests is unknown then. */
export interface BrokerLink {
  /** The node asked not to be sent to before this time of the clock: a quota is used up (KIP-219). 0 where it never did. */
  readonly throttledUntil: number
  /** `host:port`. */
  readonly address: string
  /** The highest version of an API that the node speaks; undefined where it does not have it. */
  speaks(apiKey: number): number | undefined
  ask<Answer>(request: WireRequest<Answer>): Promise<Answer>
  produce(request: ProduceRequest): Promise<ProduceResponse>
}
