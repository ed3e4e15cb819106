import { registerProtocols } from '../wire/register-protocols.js'
import { capturedMembership } from './captured-membership.js'
import type { Guard } from './guard.js'
import { localTopicErrors } from './local-topic-errors.js'
import { noIdleTimers } from './no-idle-timers.js'
import { oneSocketPerConnection } from './one-socket-per-connection.js'

/**
 * Our Fetch decoder and Produce codec stand in for kafkajs's, for our own requests only. It is a guard so that another
 * kafkajs is refused when a client is made; each fetch and produce of ours registers it too, so leaving it out changes
 * nothing. What kafkajs's own codec does to the same bytes stands in the test of `registerProtocols`.
 */
const ourCodec: Guard = { name: 'our-codec', install: registerProtocols }

/** Every guard of the driver. Tests leave one out to see the defect that it holds. */
export const guards: readonly Guard[] = [
  capturedMembership,
  localTopicErrors,
  noIdleTimers,
  oneSocketPerConnection,
  ourCodec,
]
