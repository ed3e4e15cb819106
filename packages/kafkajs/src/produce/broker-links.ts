import type { Clock, Timer } from '@millrace/core'
import type { ProduceResponse } from '../wire/decode-produce-response.js'
import type { ProduceRequest } from '../wire/encode-produce-request.js'
import { produceToBroker } from '../wire/produce-to-broker.js'
import type { ClusterNode } from './metadata-request.js'
import { type BrokerFactory, callBroker, destroyBroker, type WireBroker, type WireRequest } from './wire-broker.js'

/**
 * The sender's connections, one per node. A link is connected once and never again: whatever goes wrong on it, a request that
 * takes too long included, ends it, and the next use builds a new one. That drops a frozen leader (K35) and never reads the rest of
 * an old answer from a new connection.
 */
export interface BrokerLinks {
  /** Where nodes live. A node that moved or left loses its link. */
  learn(nodes: readonly ClusterNode[]): void
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
  ask<Answer>(request: WireRequest<Answer>): Promise<Answer>
  produce(request: ProduceRequest): Promise<ProduceResponse>
}

export interface BrokerLinksParts {
  readonly createBroker: BrokerFactory
  readonly clock: Clock
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly random: () => number
}

interface Link extends BrokerLink {
  readonly host: string
  readonly port: number
  isStanding(): boolean
  end(reason: Error): void
}

/** How long a node that failed is asked last. */
const SUSPECT_MS = 10_000

export function createBrokerLinks(parts: BrokerLinksParts): BrokerLinks {
  const { createBroker, clock, connectTimeoutMs, random } = parts
  const nodes = new Map<number, ClusterNode>()
  const links = new Map<number, Link>()
  const connecting = new Map<number | 'seed', Promise<Link>>()
  const all = new Set<Link>()
  const suspects = new Map<number, number>()
  let seed: Link | undefined
  let isClosed = false

  const isSuspect = (nodeId: number): boolean => clock.now() < (suspects.get(nodeId) ?? -Infinity) + SUSPECT_MS

  async function open(address: ClusterNode | undefined): Promise<Link> {
    const broker = await createBroker(address)
    if (isClosed) throw new Error('the sender is closed')
    const link = createLink(broker, parts, () => {
      all.delete(link)
      if (seed === link) seed = undefined
      for (const [nodeId, known] of links) {
        if (known !== link) continue
        links.delete(nodeId)
        suspects.set(nodeId, clock.now())
      }
    })
    all.add(link)
    await within(clock, connectTimeoutMs, () => broker.connect(), link.end)
    return link
  }

  /** One connection attempt per target at a time. */
  function shared(target: number | 'seed', start: () => Promise<Link>): Promise<Link> {
    const running = connecting.get(target)
    if (running !== undefined) return running
    const attempt = start().finally(() => connecting.delete(target))
    connecting.set(target, attempt)
    return attempt
  }

  function standing(nodeId: number): Link | undefined {
    const link = links.get(nodeId)
    if (link === undefined || link.isStanding()) return link
    link.end(new Error('the connection was closed while nothing was asked'))
    return undefined
  }

  function connect(nodeId: number): Promise<Link> {
    const link = standing(nodeId)
    if (link !== undefined) return Promise.resolve(link)
    return shared(nodeId, async () => {
      const node = nodes.get(nodeId)
      if (node === undefined) throw new Error(`no address is known for node ${nodeId}`)
      try {
        const opened = await open(node)
        links.set(nodeId, opened)
        suspects.delete(nodeId)
        return opened
      } catch (error) {
        suspects.set(nodeId, clock.now())
        throw error
      }
    })
  }

  function connectSeed(): Promise<Link> {
    if (seed?.isStanding() === true) return Promise.resolve(seed)
    return shared('seed', async () => (seed = await open(undefined)))
  }

  return {
    standing,
    connect,
    connectAny() {
      const trusted = [...nodes.keys()].filter((nodeId) => !isSuspect(nodeId))
      const connected = trusted.filter((nodeId) => standing(nodeId) !== undefined)
      const choices = connected.length > 0 ? connected : trusted
      const choice = choices[Math.floor(random() * choices.length)]
      return choice === undefined ? connectSeed() : connect(choice)
    },
    learn(found) {
      nodes.clear()
      for (const node of found) nodes.set(node.nodeId, node)
      for (const [nodeId, link] of links) {
        const node = nodes.get(nodeId)
        if (node?.host !== link.host || node.port !== link.port) link.end(new Error(`node ${nodeId} moved or left`))
      }
      // The seed becomes the link of its node where the addresses agree, else it has done its work.
      const first = seed
      if (first === undefined) return
      seed = undefined
      const own = found.find(({ host, port }) => host === first.host && port === first.port)
      if (own !== undefined && !links.has(own.nodeId)) links.set(own.nodeId, first)
      else first.end(new Error('nodes are known now'))
    },
    close() {
      isClosed = true
      for (const link of all) link.end(new Error('the sender is closed'))
    },
  }
}

function createLink(broker: WireBroker, parts: BrokerLinksParts, onEnd: () => void): Link {
  const { host, port } = broker.connectionPool
  let hasEnded = false
  const end = (reason: Error): void => {
    if (hasEnded) return
    hasEnded = true
    onEnd()
    destroyBroker(broker, reason)
  }
  const bounded = <Answer>(run: () => Promise<Answer>): Promise<Answer> =>
    within(parts.clock, parts.requestTimeoutMs, run, end)
  return {
    host,
    port,
    end,
    isStanding: () => !hasEnded && broker.connectionPool.isConnected(),
    ask: (request) => bounded(() => callBroker(broker, request)),
    produce: (request) => bounded(() => produceToBroker(broker, request)),
  }
}

/** Ends the link when `run` throws or takes too long, so that nothing of it stays behind. */
async function within<Answer>(
  clock: Clock,
  limitMs: number,
  run: () => Promise<Answer>,
  end: (reason: Error) => void,
): Promise<Answer> {
  let timer: Timer | undefined
  const expired = new Promise<never>((_resolve, reject) => {
    timer = clock.after(limitMs, () => reject(new Error(`no answer within ${limitMs} ms`)))
  })
  try {
    return await Promise.race([run(), expired])
  } catch (error) {
    const reason = error instanceof Error ? error : new Error('the request failed', { cause: error })
    end(reason)
    throw reason
  } finally {
    timer?.cancel()
  }
}
