import type { Clock, Timer } from '@millrace/core'
import { produceToBroker } from '../wire/produce-to-broker.js'
import type { BrokerLink, BrokerLinks } from './broker-links.js'
import type { ClusterNode } from './metadata-request.js'
import { type BrokerFactory, callBroker, destroyBroker, type WireBroker } from './wire-broker.js'

export interface NodeLinksParts {
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
  readonly end: (reason: Error) => void
}

/** How long a node that failed is asked last. */
const SUSPECT_MS = 10_000

/** `BrokerLinks` on kafkajs's connections. */
export class NodeLinks implements BrokerLinks {
  readonly #parts: NodeLinksParts
  readonly #nodes = new Map<number, ClusterNode>()
  readonly #links = new Map<number, Link>()
  readonly #connecting = new Map<number | 'seed', Promise<Link>>()
  readonly #all = new Set<Link>()
  /** When a node last failed. */
  readonly #suspects = new Map<number, number>()
  #seed: Link | undefined
  #isClosed = false

  constructor(parts: NodeLinksParts) {
    this.#parts = parts
  }

  learn(found: readonly ClusterNode[]): void {
    this.#nodes.clear()
    for (const node of found) this.#nodes.set(node.nodeId, node)
    for (const [nodeId, link] of this.#links) {
      const node = this.#nodes.get(nodeId)
      if (node === undefined || !isAt(link, node)) link.end(new Error(`node ${nodeId} moved or left`))
    }
    this.#adoptSeed(found, new Error('the nodes are known now'))
  }

  add(node: ClusterNode): void {
    this.#nodes.set(node.nodeId, node)
    const link = this.#links.get(node.nodeId)
    if (link !== undefined && !isAt(link, node)) link.end(new Error(`node ${node.nodeId} moved`))
    this.#adoptSeed([node], undefined)
  }

  /** The seed becomes the link of its node where the addresses agree; else it has done its work, if `otherwise` says so. */
  #adoptSeed(found: readonly ClusterNode[], otherwise: Error | undefined): void {
    const seed = this.#seed
    if (seed === undefined) return
    const own = found.find((node) => isAt(seed, node))
    if (own === undefined && otherwise === undefined) return
    this.#seed = undefined
    if (own !== undefined && !this.#links.has(own.nodeId)) this.#links.set(own.nodeId, seed)
    else seed.end(otherwise ?? new Error('its node has a link of its own'))
  }

  standing(nodeId: number): Link | undefined {
    const link = this.#links.get(nodeId)
    if (link === undefined || link.isStanding()) return link
    link.end(new Error('the connection was closed while nothing was asked'))
    return undefined
  }

  connect(nodeId: number): Promise<Link> {
    const link = this.standing(nodeId)
    if (link !== undefined) return Promise.resolve(link)
    return this.#shared(nodeId, async () => {
      const node = this.#nodes.get(nodeId)
      if (node === undefined) throw new Error(`no address is known for node ${nodeId}`)
      try {
        const opened = await this.#open(node)
        this.#links.set(nodeId, opened)
        this.#suspects.delete(nodeId)
        return opened
      } catch (error) {
        this.#suspects.set(nodeId, this.#parts.clock.now())
        throw error
      }
    })
  }

  connectAny(): Promise<Link> {
    const trusted = [...this.#nodes.keys()].filter((nodeId) => !this.#isSuspect(nodeId))
    const connected = trusted.filter((nodeId) => this.standing(nodeId) !== undefined)
    const choices = connected.length > 0 ? connected : trusted
    const choice = choices[Math.floor(this.#parts.random() * choices.length)]
    if (choice !== undefined) return this.connect(choice)
    if (this.#seed?.isStanding() === true) return Promise.resolve(this.#seed)
    return this.#shared('seed', async () => (this.#seed = await this.#open(undefined)))
  }

  close(): void {
    this.#isClosed = true
    for (const link of this.#all) link.end(new Error('the sender is closed'))
  }

  #isSuspect(nodeId: number): boolean {
    return this.#parts.clock.now() < (this.#suspects.get(nodeId) ?? Number.NEGATIVE_INFINITY) + SUSPECT_MS
  }

  /** One connection attempt per target at a time. */
  #shared(target: number | 'seed', start: () => Promise<Link>): Promise<Link> {
    const running = this.#connecting.get(target)
    if (running !== undefined) return running
    const attempt = start().finally(() => this.#connecting.delete(target))
    this.#connecting.set(target, attempt)
    return attempt
  }

  async #open(address: ClusterNode | undefined): Promise<Link> {
    const { createBroker, clock, connectTimeoutMs } = this.#parts
    const broker = await createBroker(address)
    if (this.#isClosed) throw new Error('the sender is closed')
    const link = createLink(broker, this.#parts, () => this.#forget(link))
    this.#all.add(link)
    await within(clock, connectTimeoutMs, () => broker.connect(), link.end)
    return link
  }

  #forget(link: Link): void {
    this.#all.delete(link)
    if (this.#seed === link) this.#seed = undefined
    for (const [nodeId, known] of this.#links) {
      if (known !== link) continue
      this.#links.delete(nodeId)
      this.#suspects.set(nodeId, this.#parts.clock.now())
    }
  }
}

const isAt = ({ host, port }: { readonly host: string; readonly port: number }, node: ClusterNode): boolean =>
  host === node.host && port === node.port

function createLink(broker: WireBroker, parts: NodeLinksParts, onEnd: () => void): Link {
  const { host, port } = broker.connectionPool
  const { clock, requestTimeoutMs } = parts
  let hasEnded = false
  let throttledUntil = 0
  const end = (reason: Error): void => {
    if (hasEnded) return
    hasEnded = true
    onEnd()
    destroyBroker(broker, reason)
  }
  // A throttled connection holds requests back: here, in kafkajs, and in the broker.
  const bounded = <Answer>(run: () => Promise<Answer>): Promise<Answer> =>
    within(clock, requestTimeoutMs + Math.max(0, throttledUntil - clock.now()), run, end)
  const produce: BrokerLink['produce'] = async (request) => {
    const answer = await produceToBroker(broker, request)
    if (answer.throttleTimeMs > 0) throttledUntil = clock.now() + answer.throttleTimeMs
    return answer
  }
  return {
    host,
    port,
    end,
    get throttledUntil() {
      return throttledUntil
    },
    address: `${host}:${port}`,
    speaks: (apiKey) => broker.versions?.[apiKey]?.maxVersion,
    isStanding: () => !hasEnded && broker.connectionPool.isConnected(),
    ask: (request) => bounded(() => callBroker(broker, request)),
    produce: (request) => bounded(() => produce(request)),
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
