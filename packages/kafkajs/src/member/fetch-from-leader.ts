import type { Clock, Timer } from '@millrace/core'
import { bounded, TimedOut } from '../client/bounded.js'
import { callBroker } from '../client/call-broker.js'
import type { Client } from '../client/open-client.js'
import { readList, readNumber, readText } from '../client/read-answer.js'
import type { FetchResponse } from '../wire/decode-fetch-response.js'
import type { FetchRequest } from '../wire/fetch-from-broker.js'
import type { FetchLines } from './fetch-lines.js'
import type { TopicPartition } from './group-offsets.js'

export interface LeaderFetch {
  readonly client: Pick<Client, 'cluster' | 'drop'>
  readonly clock: Clock
  readonly lines: FetchLines
  /** The node that leads everything that is wanted, as far as is known. */
  readonly leader: number
  readonly wanted: readonly TopicPartition[]
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
  const { client, lines, leader, request, signal } = fetch
  const broker = await bounded(client.cluster.findBroker({ nodeId: leader }), 'connecting', ANSWER_GRACE_MS, signal)
  const drop = (): void => client.drop(broker.connectionPool)
  const waitMs = request.maxWaitMs + lines.throttledForMs(broker)
  const watch = watchLeader(fetch, waitMs, drop)
  try {
    return await lines.fetch(broker, request, waitMs + ANSWER_GRACE_MS, signal)
  } catch (error) {
    if (error instanceof TimedOut) drop()
    throw error
  } finally {
    watch.cancel()
  }
}

function watchLeader(fetch: LeaderFetch, waitMs: number, onMoved: () => void): Pick<Timer, 'cancel'> {
  const over = new AbortController()
  let timer: Timer | undefined
  const askIn = (delayMs: number): void => {
    timer = fetch.clock.after(delayMs, () => {
      void isLedElsewhere(fetch, over.signal).then((isMoved) => {
        if (over.signal.aborted) return
        if (isMoved) onMoved()
        else askIn(PATIENCE_MS)
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

/** By the first node that answers, of those that were not asked to fetch. Never rejects. */
async function isLedElsewhere({ client, leader, wanted }: LeaderFetch, signal: AbortSignal): Promise<boolean> {
  const topics = [...new Set(wanted.map(({ topic }) => topic))]
  for (const nodeId of client.cluster.getNodeIds()) {
    if (Number(nodeId) === leader || signal.aborted) continue
    try {
      const broker = await bounded(client.cluster.findBroker({ nodeId }), 'connecting', ASK_LIMIT_MS, signal)
      const limits = { limitMs: ASK_LIMIT_MS, signal }
      const answer = await callBroker(broker, 'Metadata', { topics, allowAutoTopicCreation: false }, limits)
      const leaders = leadersIn(answer)
      return wanted.some(({ topic, partition }) => (leaders.get(topic)?.get(partition) ?? leader) !== leader)
    } catch {
      // It does not answer either, or was given up: the next one may, and the fetch has its own limit.
    }
  }
  return false
}

/** Without partitions that nobody leads at present. */
function leadersIn(answer: unknown): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const topics = readList(answer, 'topicMetadata').map((found): [string, ReadonlyMap<number, number>] => {
    const led = readList(found, 'partitionMetadata')
      .map((one): [number, number] => [readNumber(one, 'partitionId'), readNumber(one, 'leader')])
      .filter(([, leader]) => leader >= 0)
    return [readText(found, 'topic'), new Map(led)]
  })
  return new Map(topics)
}
