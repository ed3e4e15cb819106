import type { Clock, MillraceError } from '@millrace/core'
import type { ExplainClosed } from '../client/explain-closed.js'
import { createRefusalWatch, type RefusalWatch } from '../client/refusal-watch.js'
import type { BrokerLinks } from './broker-links.js'
import { metadataRequest } from './metadata-request.js'
import { produceFaultOf } from './produce-errors.js'
import { producerIdRequest } from './producer-id-request.js'
import type { ProducerIdentity } from './sequences.js'
import type { TopicViews } from './topic-views.js'

export interface ClusterTalkParts {
  readonly links: BrokerLinks
  readonly views: TopicViews
  readonly clock: Clock
  readonly wake: () => void
  readonly backoffMs: (tries: number) => number
  /** `node`: where an errand to one node has failed. */
  readonly onProblem: (error: unknown, doing: string, node?: number) => void
  readonly onSuccess: (doing: string) => void
  readonly onMetadata: () => void
  /** The cluster will give this client no producer id. */
  readonly onForbidden: (reason: string) => void
  /** The cluster does not let this client in, and never has. */
  readonly onRefused: (error: MillraceError) => void
  /** What a listener that closes our connections speaks. */
  readonly explainClosed?: ExplainClosed | undefined
  /** A node can't be reached: its partitions may have moved. */
  readonly onUnreachable: () => void
}

/** The shortest time between two answers to the same question. */
const PAUSE_MS = 100

interface Task {
  readonly name: string
  /** The node that it is about. */
  readonly node?: number
  /** How long its answer is good for at least, ms. */
  readonly pauseMs?: number
  readonly work: () => Promise<void>
}

interface Errand {
  isRunning: boolean
  failures: number
  notBefore: number
}

/**
 * What the sender has to know before it can send: leaders and a producer id. Each is asked for by one request at a time, and
 * again with growing pauses until there is an answer; `wake` is called whenever something has changed.
 *
 * A client that was never let in and whose credentials, certificate or kind of listener do not fit is told so (`RefusalWatch`). Once the cluster has answered a request, the same
 * faults are retried: credentials rotate, on one side first.
 */
export class ClusterTalk {
  readonly #parts: ClusterTalkParts
  readonly #errands = new Map<string, Errand>()
  readonly #refusals: RefusalWatch
  #identity: ProducerIdentity | undefined
  #wasLetIn = false

  constructor(parts: ClusterTalkParts) {
    this.#parts = parts
    this.#refusals = createRefusalWatch(parts)
  }

  get identity(): ProducerIdentity | undefined {
    return this.#identity
  }

  /** Never used for a new batch again. */
  retire(used: ProducerIdentity): void {
    if (this.#identity === used) this.#identity = undefined
  }

  /** Asks for a producer id. Returns when to call again. */
  seekIdentity(now: number): number {
    const work = async (): Promise<void> => {
      const link = await this.#parts.links.connectAny()
      const { errorCode, producerId, epoch } = await link.ask(producerIdRequest)
      this.#wasLetIn = true
      if (errorCode === 0) {
        this.#identity = { id: producerId, epoch }
        return
      }
      const { name, meaning } = produceFaultOf(errorCode)
      if (meaning === 'refused') this.#parts.onForbidden(name)
      throw new Error(`InitProducerId was answered ${name}`)
    }
    return this.#run({ name: 'get a producer id', work }, now)
  }

  /** Asks for the topics in use and these. Returns when to call again. */
  refresh(now: number, topics: Iterable<string>): number {
    const { links, views, clock, onMetadata } = this.#parts
    const work = async (): Promise<void> => {
      const link = await links.connectAny()
      const askedAt = clock.now()
      const names = [...new Set([...views.names(), ...topics])]
      const metadata = await link.ask(metadataRequest(names))
      this.#wasLetIn = true
      links.learn(metadata.nodes)
      views.learn(metadata, askedAt)
      onMetadata()
    }
    return this.#run({ name: 'get metadata', pauseMs: PAUSE_MS, work }, now)
  }

  /** Connects to a node. Returns when to call again. */
  seekLink(now: number, nodeId: number): number {
    const work = async (): Promise<void> => {
      try {
        await this.#parts.links.connect(nodeId)
      } catch (error) {
        this.#parts.onUnreachable()
        throw error
      }
    }
    return this.#run({ name: `connect to node ${nodeId}`, node: nodeId, work }, now)
  }

  /** Runs one errand unless it is running or resting. */
  #run(task: Task, now: number): number {
    let errand = this.#errands.get(task.name)
    if (errand === undefined) this.#errands.set(task.name, (errand = { isRunning: false, failures: 0, notBefore: 0 }))
    if (errand.isRunning) return Number.POSITIVE_INFINITY // its end wakes the loop
    if (now < errand.notBefore) return errand.notBefore
    void this.#perform(errand, task)
    return Number.POSITIVE_INFINITY
  }

  async #perform(errand: Errand, { name, node, pauseMs = 0, work }: Task): Promise<void> {
    const { clock, backoffMs, onProblem, onSuccess, onRefused, wake } = this.#parts
    errand.isRunning = true
    try {
      await work()
      errand.failures = 0
      errand.notBefore = clock.now() + pauseMs
      onSuccess(name)
    } catch (error) {
      errand.failures += 1
      errand.notBefore = clock.now() + backoffMs(errand.failures)
      onProblem(error, name, node)
      const refusal = this.#wasLetIn ? undefined : await this.#refusals.judge(error)
      if (refusal !== undefined) onRefused(refusal)
    } finally {
      errand.isRunning = false
      wake()
    }
  }
}
