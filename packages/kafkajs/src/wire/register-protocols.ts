import {
  type EncodedBody,
  loadRequestRegistry,
  type ProtocolExchange,
  type RegistryEntry,
} from './kafkajs-internals.js'

/**
 * What a call of ours hangs on its own request, so that the registry knows it: `Broker` passes the partition objects of a
 * fetch and the `topicData` array of a produce through by reference. Requests without it go kafkajs's own way, so a plain
 * kafkajs in the same process is not affected.
 */
export const OURS: unique symbol = Symbol('millrace:exchange')

export interface OurExchange {
  /** Replaces kafkajs's encoding of the body where it is given. */
  readonly encode?: (version: number) => Buffer
  /** Takes the answer instead of returning it through kafkajs; returns how long this connection must be left alone, ms. */
  readonly receive: (payload: Buffer, version: number) => number
}

interface Marked {
  readonly [OURS]?: OurExchange
}

interface FetchParameters {
  readonly topics?: readonly { readonly partitions?: readonly Marked[] }[]
}

interface ProduceParameters {
  readonly topicData?: Marked
}

let isRegistered = false

/**
 * Plugs our Fetch decoder and Produce codec into kafkajs's request registry. Works at any time, kafkajs loaded or not; a
 * second call does nothing.
 * @throws MillraceError `MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED` when the installed kafkajs is not the one this was proven with.
 */
export function registerProtocols(): void {
  if (isRegistered) return
  const { fetch, produce } = loadRequestRegistry()
  dispatch(fetch, ({ topics }: FetchParameters) => topics?.[0]?.partitions?.[0]?.[OURS])
  dispatch(produce, ({ topicData }: ProduceParameters) => topicData?.[OURS])
  isRegistered = true
}

function dispatch<Parameters>(
  entry: RegistryEntry,
  findOurs: (parameters: Parameters) => OurExchange | undefined,
): void {
  const original = entry.protocol
  entry.protocol = (choice) => {
    const factory = original(choice)
    return (parameters) => {
      const exchange = factory(parameters)
      const ours = findOurs(parameters)
      return ours === undefined ? exchange : replace(exchange, ours)
    }
  }
}

function replace(exchange: ProtocolExchange, { encode, receive }: OurExchange): ProtocolExchange {
  const { request } = exchange
  const version = request.apiVersion
  return {
    ...exchange,
    request: encode === undefined ? request : { ...request, encode: async () => bodyOf(encode(version)) },
    response: {
      // KIP-219: kafkajs holds further requests of the connection back for this long.
      decode: async (payload) => ({ clientSideThrottleTime: receive(payload, version) }),
      parse: async () => undefined,
    },
    logResponseError: false,
  }
}

const bodyOf = (bytes: Buffer): EncodedBody => ({ buf: bytes, buffer: bytes })
