import { type Clock, systemClock } from '@millrace/core'
import { bounded } from '../client/bounded.js'
import type { Broker, ConnectionPool } from '../internals.js'
import type { FetchResponse } from '../wire/decode-fetch-response.js'
import { type FetchRequest, fetchFromBroker } from '../wire/fetch-from-broker.js'

/** The connections that carry a member's fetches, one per broker, through all its generations. */
export interface FetchLines {
  /** One request at a time per broker. Rejects with `TimedOut` past the limit, or with the signal's reason. */
  fetch(broker: Broker, request: FetchRequest, limitMs: number, signal: AbortSignal): Promise<FetchResponse>
  /** How long a broker's quota makes the next request wait before it is sent, ms (KIP-219: the client throttles itself). */
  throttledForMs(broker: Broker): number
}

const FETCH_CONNECTION = 1

/**
 * A generation that ends leaves its long poll behind, and a connection is one queue: the first request of the next
 * generation would wait for the end of that poll. So a line that is still occupied by an abandoned request is cut, which
 * costs a reconnect instead of half a second.
 */
export function createFetchLines(clock: Pick<Clock, 'now'> = systemClock): FetchLines {
  const occupied = new Map<ConnectionPool, Promise<unknown>>()
  const throttledUntilMs = new WeakMap<ConnectionPool, number>()
  return {
    throttledForMs: ({ connectionPool }) => Math.max(0, (throttledUntilMs.get(connectionPool) ?? 0) - clock.now()),
    async fetch(broker, request, limitMs, signal) {
      const pool = broker.connectionPool
      const abandoned = occupied.get(pool)
      if (abandoned !== undefined) await bounded(cut(pool, abandoned), 'cutting a fetch', limitMs, signal)
      const fetching = fetchFromBroker(broker, request)
      // Answered or not, the line is free; who asked hears of a failure below.
      const freed = fetching.then(
        ({ throttleTimeMs }) => throttledUntilMs.set(pool, clock.now() + throttleTimeMs),
        () => undefined,
      )
      occupied.set(pool, freed)
      void freed.then(() => occupied.get(pool) === freed && occupied.delete(pool))
      return bounded(fetching, `Fetch at ${pool.host}:${pool.port}`, limitMs, signal)
    },
  }
}

async function cut(pool: ConnectionPool, abandoned: Promise<unknown>): Promise<void> {
  const connection = await pool.getConnection(FETCH_CONNECTION)
  connection.socket?.destroy(new Error('an abandoned fetch was cut'))
  await abandoned
  // kafkajs still takes the connection for alive until its own clean-up has run.
  await new Promise((resolve) => setImmediate(resolve))
}
