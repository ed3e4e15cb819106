import { bounded } from '../client/bounded.js'
import type { Broker, ConnectionPool } from '../internals.js'
import type { FetchResponse } from '../wire/decode-fetch-response.js'
import { type FetchRequest, fetchFromBroker } from '../wire/fetch-from-broker.js'

/** The connections that carry a member's fetches, one per broker, through all its generations. */
export interface FetchLines {
  /** One request at a time per broker. Rejects with `TimedOut` past the limit. */
  fetch(broker: Broker, request: FetchRequest, limitMs: number): Promise<FetchResponse>
}

const FETCH_CONNECTION = 1

/**
 * A generation that ends leaves its long poll behind, and a connection is one queue: the first request of the next
 * generation would wait for the end of that poll. So a line that is still occupied by an abandoned request is cut, which
 * costs a reconnect instead of half a second.
 */
export function createFetchLines(): FetchLines {
  const occupied = new Map<ConnectionPool, Promise<unknown>>()
  return {
    async fetch(broker, request, limitMs) {
      const pool = broker.connectionPool
      const abandoned = occupied.get(pool)
      if (abandoned !== undefined) await bounded(cut(pool, abandoned), 'cutting a fetch', limitMs)
      const fetching = fetchFromBroker(broker, request)
      // Answered or not, the line is free; who asked hears of a failure below.
      const freed = fetching.then(
        () => undefined,
        () => undefined,
      )
      occupied.set(pool, freed)
      void freed.then(() => occupied.get(pool) === freed && occupied.delete(pool))
      return bounded(fetching, `Fetch at ${pool.host}:${pool.port}`, limitMs)
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
