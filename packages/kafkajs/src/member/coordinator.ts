import { systemClock } from '@millrace/core'
import { bounded, TimedOut } from '../client/bounded.js'
import { type ApiName, callBroker, type CallLimits } from '../client/call-broker.js'
import { KafkaFault } from '../client/kafka-fault.js'
import type { Client } from '../client/open-client.js'
import { readField, readNumber } from '../client/read-answer.js'
import type { Broker } from '../internals.js'

export interface Coordinator {
  /**
   * The broker that coordinates the group, looked up where it is not known. Past the join barrier.
   * @throws KafkaFault that is not retriable when a permission is missing (kafkajs says "coordinator not found" to that, K36).
   */
  find(limitMs: number, signal: AbortSignal): Promise<Broker>
  /** One request, asked again elsewhere while the coordinator moves, loads or can't be reached, until the limit. */
  ask(api: ApiName, parameters: object, codeOf: (answer: unknown) => number, limits: AskLimits): Promise<unknown>
}

export interface AskLimits extends CallLimits {
  readonly signal: AbortSignal
  /** How long one try may take, ms; default the limit. */
  readonly tryLimitMs?: number
}

const COORDINATOR_LOADING = 14
const COORDINATOR_NOT_AVAILABLE = 15
const NOT_COORDINATOR = 16
const GROUP_AUTHORIZATION_FAILED = 30
const RETRY_DELAY_MS = 100
const LOOK_UP_LIMIT_MS = 5000
const FINDING = 'finding the coordinator'

const isMoving = (code: number): boolean =>
  code === COORDINATOR_LOADING || code === COORDINATOR_NOT_AVAILABLE || code === NOT_COORDINATOR

/**
 * Requests to the group's coordinator, wherever it is. kafkajs keeps the broker it joined at, dead or not, so after any
 * connection error or NOT_COORDINATOR this looks it up by itself; membership survives the move (K26).
 */
export function createCoordinator(client: Client, groupId: string): Coordinator {
  const { cluster } = client
  let known: Broker | undefined

  const lookUp = async (limitMs: number, signal: AbortSignal): Promise<Broker> => {
    const endAtMs = systemClock.now() + limitMs
    // kafkajs connects inside these calls, on its own time-outs: a node that is frozen must not cost the others theirs.
    const inTime = <Value>(work: Promise<Value>): Promise<Value> =>
      bounded(work, FINDING, Math.min(LOOK_UP_LIMIT_MS, Math.max(1, endAtMs - systemClock.now())), signal)
    let last: unknown
    for (;;) {
      for (const nodeId of shuffled(cluster.getNodeIds())) {
        try {
          return await inTime(askForCoordinator(client, groupId, nodeId, signal))
        } catch (error) {
          signal.throwIfAborted()
          if (error instanceof KafkaFault && error.errorCode === GROUP_AUTHORIZATION_FAILED) throw error
          last = error
        }
      }
      if (systemClock.now() + RETRY_DELAY_MS >= endAtMs) throw last ?? new TimedOut(FINDING, limitMs)
      await systemClock.wait(RETRY_DELAY_MS, signal)
      signal.throwIfAborted()
      // A new node may coordinate now. A refresh that fails is tried again in the next round.
      await inTime(cluster.refreshMetadata()).catch((error: unknown) => (last = error))
    }
  }

  const find: Coordinator['find'] = async (limitMs, signal) => (known ??= await lookUp(limitMs, signal))

  const ask: Coordinator['ask'] = async (api, parameters, codeOf, limits) => {
    const endAtMs = systemClock.now() + limits.limitMs
    for (;;) {
      const leftMs = Math.max(1, endAtMs - systemClock.now())
      let broker: Broker | undefined
      try {
        broker = await find(leftMs, limits.signal)
        const answer = await callBroker(broker, api, parameters, {
          ...limits,
          limitMs: Math.min(leftMs, limits.tryLimitMs ?? leftMs),
        })
        const code = codeOf(answer)
        if (!isMoving(code)) return answer
        throw new KafkaFault(code, api)
      } catch (error) {
        limits.signal.throwIfAborted()
        if (error instanceof KafkaFault && !error.retriable) throw error
        known = undefined
        // A coordinator that holds a request may be frozen: its connection is no way to another answer.
        if (error instanceof TimedOut && broker !== undefined) client.drop(broker.connectionPool)
        if (systemClock.now() + RETRY_DELAY_MS >= endAtMs) throw error
      }
      await systemClock.wait(RETRY_DELAY_MS, limits.signal)
    }
  }
  return { find, ask }
}

async function askForCoordinator(
  { cluster }: Client,
  groupId: string,
  nodeId: string,
  signal: AbortSignal,
): Promise<Broker> {
  const limits = { limitMs: LOOK_UP_LIMIT_MS, signal }
  const asked = await cluster.findBroker({ nodeId })
  const answer = await callBroker(asked, 'GroupCoordinator', { groupId, coordinatorType: 0 }, limits)
  const code = readNumber(answer, 'errorCode')
  if (code !== 0) {
    throw new KafkaFault(code, `finding the coordinator of group "${groupId}"`, code !== GROUP_AUTHORIZATION_FAILED)
  }
  return cluster.findBroker({ nodeId: readNumber(readField(answer, 'coordinator'), 'nodeId') })
}

function shuffled(nodeIds: readonly string[]): readonly string[] {
  const from = Math.floor(Math.random() * nodeIds.length)
  return [...nodeIds.slice(from), ...nodeIds.slice(0, from)]
}
