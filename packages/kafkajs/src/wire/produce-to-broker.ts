import { decodeProduceResponse, type ProduceResponse } from './decode-produce-response.js'
import { encodeProduceRequest, type ProduceRequest } from './encode-produce-request.js'
import { OURS, type OurExchange, registerProtocols } from './register-protocols.js'
import { WireFault } from './wire-fault.js'

/** What is used of kafkajs's `Broker`. */
export interface ProducingBroker {
  produce(request: { acks: number; timeout: number; topicData: readonly unknown[] }): Promise<unknown>
}

/** The first version that takes record batches of magic 2. */
const OLDEST_VERSION = 3
/** From this version on the broker answers first and expects the client to wait. */
const CLIENT_THROTTLES_FROM = 6

/**
 * Sends encoded batches to the leader of their partitions through kafkajs's connection. Each partition's result is in the
 * answer, error codes included. Bounded by kafkajs's request time-out.
 * @throws what kafkajs throws for the connection: the outcome of every batch is then unknown. `WireFault` for an answer that can't be
 * parsed (unknown as well), MillraceError `MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED`.
 */
export async function produceToBroker(broker: ProducingBroker, request: ProduceRequest): Promise<ProduceResponse> {
  registerProtocols()
  let response: ProduceResponse | undefined
  const ours: OurExchange = {
    encode(version) {
      if (version < OLDEST_VERSION) throw new WireFault('unsupported-format', `Produce version ${version}`)
      return encodeProduceRequest(request)
    },
    receive(payload, version) {
      response = decodeProduceResponse(payload, version)
      return version >= CLIENT_THROTTLES_FROM ? response.throttleTimeMs : 0
    },
  }
  await broker.produce({
    acks: request.acks,
    timeout: request.timeoutMs,
    topicData: Object.assign([], { [OURS]: ours }),
  })
  if (response === undefined) throw new TypeError('not a Broker of kafkajs: the request registry was not asked')
  return response
}
