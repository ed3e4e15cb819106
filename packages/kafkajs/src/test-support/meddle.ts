import type { Guard } from '../guards/guard.js'
import type { ProtocolExchange } from '../wire/kafkajs-internals.js'

export interface Meddling {
  /** Give it to `createGuardedDriver` as its last guard. */
  readonly guard: Guard
  /** The next request of this API waits inside the process, as one of a process that is frozen. */
  hold(apiKey: number): { readonly reached: Promise<void>; readonly release: () => void }
  /** The broker works on the next request of this API, and the driver reads these bytes for its answer. */
  answerInstead(apiKey: number, answer: Buffer): void
}

/** Gets between a driver and its connections. */
export function meddle(): Meddling {
  const holds = new Map<number, { reach: () => void; released: Promise<void> }>()
  const answers = new Map<number, Buffer>()
  const around = async (send: (exchange: ProtocolExchange) => Promise<unknown>, exchange: ProtocolExchange) => {
    const { apiKey } = exchange.request
    const held = holds.get(apiKey)
    holds.delete(apiKey)
    held?.reach()
    await held?.released
    const answer = answers.get(apiKey)
    answers.delete(apiKey)
    if (answer === undefined) return send(exchange)
    const { response } = exchange
    return send({ ...exchange, response: { ...response, decode: () => response.decode(answer) } })
  }
  return {
    guard: {
      name: 'meddle',
      protect({ connectionPoolBuilder: builder }) {
        const build = builder.build.bind(builder)
        builder.build = async (address) => {
          const pool = await build(address)
          const send = pool.send.bind(pool)
          pool.send = (exchange) => around(send, exchange)
          return pool
        }
      },
    },
    hold(apiKey) {
      const reached = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      holds.set(apiKey, { reach: reached.resolve, released: released.promise })
      return { reached: reached.promise, release: released.resolve }
    },
    answerInstead: (apiKey, answer) => void answers.set(apiKey, answer),
  }
}
