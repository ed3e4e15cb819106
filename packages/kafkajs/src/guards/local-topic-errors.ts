import type { ProtocolExchange } from '../wire/kafkajs-internals.js'
import type { ShippedGuard } from './guard.js'
import { loadTrustedSource } from './kafkajs-source.js'

const METADATA_API = 3

/**
 * A deleted, forbidden or leaderless topic is its own business. kafkajs throws the first error of a Metadata answer for
 * the whole answer, so one such topic stops all of them (K20, K34). On our clusters the answer is taken as it is: the
 * topic stays in it with its code, and with no partitions.
 */
export const localTopicErrors: ShippedGuard = {
  name: 'local-topic-errors',
  why: 'kafkajs throws the first error of a Metadata answer for the whole answer. With it the answer is taken as it is: a deleted, forbidden or leaderless topic stands in it with its code, and the others with their leaders.',
  install() {
    loadTrustedSource('cluster/connectionPoolBuilder.js')
    loadTrustedSource('network/connectionPool.js')
  },
  protect(cluster) {
    const builder = cluster.connectionPoolBuilder
    const build = builder.build.bind(builder)
    builder.build = async (address) => {
      const pool = await build(address)
      const send = pool.send.bind(pool)
      pool.send = (exchange) => send(exchange.request.apiKey === METADATA_API ? withoutParse(exchange) : exchange)
      return pool
    }
  },
}

const withoutParse = (exchange: ProtocolExchange): ProtocolExchange => ({
  ...exchange,
  response: { decode: exchange.response.decode, parse: async (decoded: unknown) => decoded },
})
