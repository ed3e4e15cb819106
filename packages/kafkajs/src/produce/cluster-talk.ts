import type { Clock } from '@millrace/core'
import type { BrokerLinks } from './broker-links.js'
import { metadataRequest } from './metadata-request.js'
import { produceFaultOf } from './produce-errors.js'
import { producerIdRequest } from './producer-id-request.js'
import type { ProducerIdentity } from './sequences.js'
import type { TopicViews } from './topic-views.js'

/**
 * What the sender has to know before it can send: leaders and a producer id. Each is asked for by one request at a time, and
 * again with growing pauses until there is an answer; `wake` is called whenever something has changed.
 */
export interface ClusterTalk {
  readonly identity: ProducerIdentity | undefined
  /** Never used for a new batch again. */
  retire(identity: ProducerIdentity): void
  /** Asks for an identity; does nothing while there is one, or while it is asked for. Returns when to call again. */
  seekIdentity(now: number): number
  /** Asks for the topics in use and these; does nothing while it is asked. Returns when to call again. */
  refresh(now: number, topics: Iterable<string>): number
  /** Connects to a node. Returns when to call again. */
  seekLink(now: number, nodeId: number): number
}

export interface ClusterTalkParts {
  readonly links: BrokerLinks
  readonly views: TopicViews
  readonly clock: Clock
  readonly wake: () => void
  readonly backoffMs: (tries: number) => number
  readonly onProblem: (error: unknown, doing: string) => void
  readonly onMetadata: () => void
  /** The cluster will give this client no producer id. */
  readonly onForbidden: (reason: string) => void
  /** A node can't be reached: its partitions may have moved. */
  readonly onUnreachable: () => void
}

/** The shortest time between two answers to the same question. */
const PAUSE_MS = 100

interface Errand {
  isRunning: boolean
  failures: number
  notBefore: number
}

export function createClusterTalk(parts: ClusterTalkParts): ClusterTalk {
  const { links, views, clock, wake, backoffMs, onProblem, onMetadata, onForbidden, onUnreachable } = parts
  const errands = new Map<string, Errand>()
  let identity: ProducerIdentity | undefined

  /** Runs one errand unless it is running or resting. Never rejects. */
  function run(name: string, now: number, pauseMs: number, work: () => Promise<void>): number {
    let errand = errands.get(name)
    if (errand === undefined) errands.set(name, (errand = { isRunning: false, failures: 0, notBefore: 0 }))
    if (errand.isRunning) return Number.POSITIVE_INFINITY // its end wakes the loop
    if (now < errand.notBefore) return errand.notBefore
    void perform(errand, name, pauseMs, work)
    return Number.POSITIVE_INFINITY
  }

  async function perform(errand: Errand, name: string, pauseMs: number, work: () => Promise<void>): Promise<void> {
    errand.isRunning = true
    try {
      await work()
      errand.failures = 0
      errand.notBefore = clock.now() + pauseMs
    } catch (error) {
      errand.failures += 1
      errand.notBefore = clock.now() + backoffMs(errand.failures)
      onProblem(error, name)
    } finally {
      errand.isRunning = false
      wake()
    }
  }

  return {
    get identity() {
      return identity
    },
    retire(used) {
      if (identity === used) identity = undefined
    },
    seekIdentity: (now) =>
      run('get a producer id', now, 0, async () => {
        const link = await links.connectAny()
        const { errorCode, producerId, epoch } = await link.ask(producerIdRequest)
        if (errorCode === 0) {
          identity = { id: producerId, epoch }
          return
        }
        const { name, meaning } = produceFaultOf(errorCode)
        if (meaning === 'refused') onForbidden(name)
        throw new Error(`InitProducerId was answered ${name}`)
      }),
    refresh: (now, topics) =>
      run('get metadata', now, PAUSE_MS, async () => {
        const link = await links.connectAny()
        const askedAt = clock.now()
        const names = [...new Set([...views.names(), ...topics])]
        const metadata = await link.ask(metadataRequest(names))
        links.learn(metadata.nodes)
        views.learn(metadata, askedAt)
        onMetadata()
      }),
    seekLink: (now, nodeId) =>
      run(`connect to node ${nodeId}`, now, 0, async () => {
        try {
          await links.connect(nodeId)
        } catch (error) {
          onUnreachable()
          throw error
        }
      }),
  }
}
