import type { ProtocolExchange } from '../wire/kafkajs-internals.js'
import type { Guard } from './guard.js'
import { loadTrustedSource } from './kafkajs-source.js'

const SOURCES = {
  'cluster/connectionPoolBuilder.js': '05a6be8bbf9e2bb9de56e7fc66e1f752799271ebe595575d57f244d8de198233',
  'network/connectionPool.js': 'ecba4ba6fc4f2a6e5f336b838b573dcca3f01fb39542530841d68691fe4957de',
}
const METADATA_API = 3

/**
 * A deleted, forbidden or leaderless topic is its own business. kafkajs throws the first error of a Metadata answer for
 * the whole answer, so one such topic stops all of them (K20, K34). On our clusters the answer is taken as it is: the
 * topic stays in it with its code, and with no partitions.
 */
export const localTopicErrors: Guard = {
  name: 'local-topic-errors',
  install() {
    for (const [source, sha256] of Object.entries(SOURCES)) loadTrustedSource(source, sha256)
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
