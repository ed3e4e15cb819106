import type { Guard } from '../guards/guard.js'

/** Keys of Kafka's protocol, for `RequestWatch`. */
export const API = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  syncGroup: 14,
  initProducerId: 22,
  addPartitions: 24,
  addOffsets: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const

export interface RequestWatch {
  /** Give it to `createGuardedDriver` as its last guard. */
  readonly guard: Guard
  /** Resolves when so many more requests of this kind were sent; only the requests of the driver are seen, retries included. */
  sent(api: keyof typeof API, more?: number): Promise<void>
  answered(api: keyof typeof API, more?: number): Promise<void>
  /** How many were sent so far. */
  count(api: keyof typeof API): number
}

interface Waiter {
  readonly edge: 'sent' | 'answered'
  readonly apiKey: number
  left: number
  readonly resolve: () => void
}

/** Sees what a driver asks its brokers, so that a test can wait for a stage of the protocol and not for a while. */
export function watchRequests(): RequestWatch {
  const waiters = new Set<Waiter>()
  const counts = new Map<number, number>()
  const seen = (edge: Waiter['edge'], apiKey: number): void => {
    for (const waiter of waiters) {
      if (waiter.edge !== edge || waiter.apiKey !== apiKey || --waiter.left > 0) continue
      waiters.delete(waiter)
      waiter.resolve()
    }
  }
  const next = (edge: Waiter['edge'], api: keyof typeof API, left: number): Promise<void> =>
    new Promise((resolve) => waiters.add({ edge, apiKey: API[api], left, resolve }))

  return {
    guard: {
      name: 'watch-requests',
      protect({ connectionPoolBuilder: builder }) {
        const build = builder.build.bind(builder)
        builder.build = async (address) => {
          const pool = await build(address)
          const send = pool.send.bind(pool)
          pool.send = async (exchange) => {
            counts.set(exchange.request.apiKey, (counts.get(exchange.request.apiKey) ?? 0) + 1)
            seen('sent', exchange.request.apiKey)
            const answer = await send(exchange)
            seen('answered', exchange.request.apiKey)
            return answer
          }
          return pool
        }
      },
    },
    sent: (api, more = 1) => next('sent', api, more),
    answered: (api, more = 1) => next('answered', api, more),
    count: (api) => counts.get(API[api]) ?? 0,
  }
}
