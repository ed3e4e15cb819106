import { decodeFetchResponse, type FetchResponse } from './decode-fetch-response.js'
import { OURS, type OurExchange, registerProtocols } from './register-protocols.js'
import { WireFault } from './wire-fault.js'

/** What is used of kafkajs's `Broker`. */
export interface FetchingBroker {
  fetch(request: {
    isolationLevel: number
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    topics: { topic: string; partitions: object[] }[]
  }): Promise<unknown>
}

export interface FetchRequest {
  /** How long the broker may wait for `minBytes`, ms. */
  readonly maxWaitMs: number
  readonly minBytes: number
  /** Upper limit of the whole answer, bytes; the first batch comes whole even when it is larger. */
  readonly maxBytes: number
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly FetchPosition[]
  }[]
}

export interface FetchPosition {
  readonly partition: number
  readonly fetchOffset: bigint
  /** Upper limit of this partition's part, bytes. */
  readonly maxBytes: number
}

const READ_COMMITTED = 1
const OLDEST_VERSION = 4
/** From this version on the broker answers first and expects the client to wait. */
const CLIENT_THROTTLES_FROM = 8

/**
 * Fetches through kafkajs's connection with our decoder. Errors of partitions are data; decode each with `decodePartition`.
 * Bounded by kafkajs's request time-out. Asks for at least one partition, and begins with another one each time: the broker fills
 * the answer in the order of the request (KIP-74), and it is decoded in that order, so the last ones would starve.
 * @throws what kafkajs throws for the connection, `WireFault` for an answer that can't be parsed, MillraceError
 * `MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED`.
 */
export async function fetchFromBroker(
  broker: FetchingBroker,
  request: FetchRequest,
  random: () => number = Math.random,
): Promise<FetchResponse> {
  registerProtocols()
  let response: FetchResponse | undefined
  const ours: OurExchange = {
    receive(payload, version) {
      if (version < OLDEST_VERSION) throw new WireFault('unsupported-format', `Fetch version ${version}`)
      response = decodeFetchResponse(payload, version)
      return version >= CLIENT_THROTTLES_FROM ? response.throttleTimeMs : 0
    },
  }
  const topics = turned(request.topics, random).map(({ topic, partitions }) => ({
    topic,
    partitions: turned(partitions, random).map(({ partition, fetchOffset, maxBytes }) => ({
      partition,
      fetchOffset: fetchOffset.toString(),
      maxBytes,
      [OURS]: ours,
    })),
  }))
  await broker.fetch({
    isolationLevel: READ_COMMITTED,
    maxWaitTime: request.maxWaitMs,
    minBytes: request.minBytes,
    maxBytes: request.maxBytes,
    topics,
  })
  if (response === undefined) throw new TypeError('a fetch needs at least one partition and a Broker of kafkajs')
  return response
}

function turned<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const start = Math.floor(random() * items.length)
  return [...items.slice(start), ...items.slice(0, start)]
}
