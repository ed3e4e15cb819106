import type { Clock, Timer } from '@millrace/core'
import { bounded, TimedOut } from '../client/bounded.js'
import { callBroker } from '../client/call-broker.js'
import type { Client } from '../client/open-client.js'
import { readList, readNumber, readText } from '../client/read-answer.js'
import type { FetchResponse } from '../wire/decode-fetch-response.js'
import type { FetchRequest } from '../wire/fetch-from-broker.js'
import type { FetchLines } from './fetch-lines.js'
import type { TopicPartition } from './group-offsets.js'
import type { FoundLeaders, Leaders } from './leaders.js'

export interface LeaderFetch {
  readonly client: Pick<Client, 'cluster' | 'drop'>
  readonly clock: Clock
  readonly lines: FetchLines
  /** The node that leads everything that is wanted, as far as is known. */
  readonly leader: number
  readonly wanted: readonly TopicPartition[]
  readonly leaders: Pick<Leaders, 'learn'>
  readonly request: FetchRequest
  /** Ends the wait, and all that would drop connections: they are the next generation's then. */
  readonly signal: AbortSignal
}

/** Beyond its wait a node that does not answer is given up. */
const ANSWER_GRACE_MS = 10_000
/** How long beyond its wait a fetch may take before somebody else is asked who leads, and between two such questions. */
const PATIENCE_MS = 1000
const ASK_LIMIT_MS = 1000

/**
 * One fetch. A node that is frozen keeps its connections and says nothing, while another one leads its partitions (K35). That
 * an answer is late is no reason to give it up: it may be large, or the network slow. That another node says it leads now is
 * one, and so is the limit.
 */
export async function fetchFromLeader(fetch: LeaderFetch): Promise<FetchResponse> {
  const { client, lines, leader, leaders, request } = fetch
  const moved = new AbortController()
  const signal = AbortSignal.any([fetch.signal, moved.signal])
  const onMoved = (found: FoundLeaders): void => {
    leaders.learn(found)
    moved.abort(new Error(`node ${leader} does not answer, and another one leads`))
  }
  // From the beginning: a frozen node takes new connections, too.
  let watch = watchLeader(fetch, request.maxWaitMs, onMoved)
  let drop = (): void => undefined
  try {
    const broker = await bounded(client.cluster.findBroker({ nodeId: leader }), 'connecting', ANSWER_GRACE_MS, signal)
    drop = () => client.drop(broker.connectionPool)
    const waitMs = request.maxWaitMs + lines.throttledForMs(broker)
    if (waitMs > request.maxWaitMs) {
      watch.cancel()
      watch = watchLeader(fetch, waitMs, onMoved)
    }
    return await lines.fetch(broker, request, waitMs + ANSWER_GRACE_MS, signal)
  } catch (error) {
    if (error instanceof TimedOut || moved.signal.aborted) drop()
    throw error
  } finally {
    watch.cancel()
  }
}

function watchLeader(
  fetch: LeaderFetch,
  waitMs: number,
  onMoved: (found: FoundLeaders) => void,
): Pick<Timer, 'cancel'> {
  const over = new AbortController()
  let timer: Timer | undefined
  const askIn = (delayMs: number): void => {
    timer = fetch.clock.after(delayMs, () => {
      void askElsewhere(fetch, over.signal).then((found) => {
        if (over.signal.aborted) return
        if (found === undefined) askIn(PATIENCE_MS)
        else onMoved(found)
      })
    })
  }
  askIn(waitMs + PATIENCE_MS)
  return {
    cancel() {
      over.abort()
      timer?.cancel()
    },
  }
}

/**
 * Who leads, by the first node that answers of those that were not asked to fetch; undefined while that is still the one that
 * was. Never rejects.
 */
async function askElsewhere(fetch: LeaderFetch, signal: AbortSignal): Promise<FoundLeaders | undefined> {
  const { client, leader, wanted } = fetch
  const topics = [...new Set(wanted.map(({ topic }) => topic))]
  for (const nodeId of client.cluster.getNodeIds()) {
    if (Number(nodeId) === leader || signal.aborted) continue
    try {
      const broker = await bounded(client.cluster.findBroker({ nodeId }), 'connecting', ASK_LIMIT_MS, signal)
      const limits = { limitMs: ASK_LIMIT_MS, signal }
      const answer = await callBroker(broker, 'Metadata', { topics, allowAutoTopicCreation: false }, limits)
      const found = leadersIn(answer)
      const hasMoved = wanted.some(({ topic, partition }) => (found.get(topic)?.get(partition) ?? leader) !== leader)
      return hasMoved ? found : undefined
    } catch {
      // It does not answer either, or was given up: the next one may, and the fetch has its own limit.
    }
  }
  return undefined
}

function leadersIn(answer: unknown): FoundLeaders {
  const topics = readList(answer, 'topicMetadata').map((found): [string, ReadonlyMap<number, number>] => {
    const led = readList(found, 'partitionMetadata')
      .map((one): [number, number] => [readNumber(one, 'partitionId'), readNumber(one, 'leader')])
      .filter(([, leader]) => leader >= 0)
    return [readText(found, 'topic'), new Map(led)]
  })
  return new Map(topics)
}
