import { fail } from '@millrace/core'
import { causesOf } from '../client/causes-of.js'
import type { Broker } from '../internals.js'
import type { RejoinCause } from './parked-loop.js'

const JOIN_GROUP_API = 11
/** The first version of JoinGroup that knows instance ids: Kafka 2.3. */
const FIRST_STATIC_VERSION = 5
export const FENCED_INSTANCE_ID = 82

/**
 * The same broker, but everything that kafkajs asks it about the group names the instance (KIP-345): its encoders have the
 * field, its `Broker` never fills it. Requests that have no such field ignore it.
 * @throws MillraceError `MILLRACE_DRIVER_LACKS`, at the join, from a broker that is too old to know instances.
 */
export function withInstanceId(broker: Broker, groupInstanceId: string): Broker {
  const lookupRequest: Broker['lookupRequest'] = (apiKey, entry) => {
    const make = broker.lookupRequest(apiKey, entry)
    return (parameters) => {
      const exchange = make({ ...parameters, groupInstanceId })
      if (apiKey === JOIN_GROUP_API && exchange.request.apiVersion < FIRST_STATIC_VERSION) throw tooOld()
      return exchange
    }
  }
  return Object.create(broker, { lookupRequest: { value: lookupRequest } })
}

// Not retriable: kafkajs's consumer ends instead of asking again.
const tooOld = (): Error =>
  Object.assign(
    fail('MILLRACE_DRIVER_LACKS', { driver: 'kafkajs', capability: 'static membership at a broker before Kafka 2.3' }),
    { retriable: false },
  )

/** Whether the group said that another member has come with this instance id since. */
export const isFenced = (error: unknown): boolean =>
  [...causesOf(error)].some(({ code, errorCode }) => code === FENCED_INSTANCE_ID || errorCode === FENCED_INSTANCE_ID)

/**
 * kafkajs forgets its member id where the group does not know it, and joins as somebody new. A static member asks under its
 * old id first: an id that was replaced is answered with FENCED_INSTANCE_ID, where joining as somebody new would throw the
 * other one out. An id that has merely expired is unknown then, and forgotten after all.
 */
export const causeOfStatic = (cause: RejoinCause): RejoinCause =>
  cause === 'UNKNOWN_MEMBER_ID' ? 'ILLEGAL_GENERATION' : cause
