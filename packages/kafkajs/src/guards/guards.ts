import { registerProtocols } from '../wire/register-protocols.js'
import { capturedMembership } from './captured-membership.js'
import { earlySessionRenewal } from './early-session-renewal.js'
import type { ShippedGuard } from './guard.js'
import { localTopicErrors } from './local-topic-errors.js'
import { noIdleTimers } from './no-idle-timers.js'
import { oneSocketPerConnection } from './one-socket-per-connection.js'

/** Registered again at each fetch and produce of ours; as a guard it refuses another kafkajs when a client is made. */
const ourCodec: ShippedGuard = {
  name: 'our-codec',
  why: "Our Fetch decoder and Produce codec stand in kafkajs's table of requests, for our own requests only. What kafkajs sends for itself keeps its own codec.",
  neverLeftOut:
    "each fetch and produce of ours registers it too; what kafkajs's own codec makes of the same bytes is shown on bare kafkajs",
  install: registerProtocols,
}

/** Every guard of the driver. Tests leave one out to see the defect that it holds. */
export const guards: readonly ShippedGuard[] = [
  capturedMembership,
  earlySessionRenewal,
  localTopicErrors,
  noIdleTimers,
  oneSocketPerConnection,
  ourCodec,
]
