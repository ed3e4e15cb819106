import { hasMethods, isObject, unsupported } from '../internals.js'
import type { ShippedGuard } from './guard.js'
import { loadTrustedSource } from './kafkajs-source.js'

interface Connection {
  /** How long before the end of its session a connection authenticates again, ms. */
  reauthenticationThreshold: number
  readonly sessionLifetime: { toNumber(): number }
}

/** Of a session's time, as Java's client leaves it at least 5 %: enough to ask a slow token source again. */
const LEFT = 0.2

let isInstalled = false

/**
 * A session ends when its token does, or after `connections.max.reauth.ms` of the broker (KIP-368). kafkajs renews it 10 s before:
 * a session that is no longer than that is renewed before every request, which the broker refuses more often than once a second.
 */
export const earlySessionRenewal: ShippedGuard = {
  name: 'early-session-renewal',
  why: 'kafkajs authenticates again 10 s before a session ends: for sessions up to 11 s before every request, which brokers refuse. With it a connection does so when a fifth of its session is left.',
  install() {
    if (isInstalled) return
    // kafkajs assigns the field in its constructor; its own threshold is of no interest.
    Object.defineProperty(loadPrototype(), 'reauthenticationThreshold', {
      configurable: true,
      get(this: Connection) {
        return Math.floor(this.sessionLifetime.toNumber() * LEFT)
      },
      set() {
        return
      },
    })
    isInstalled = true
  },
}

function loadPrototype(): object {
  const ConnectionClass = loadTrustedSource('network/connection.js')
  const prototype: unknown = typeof ConnectionClass === 'function' ? ConnectionClass.prototype : undefined
  if (!isObject(prototype) || !hasMethods(prototype, ['isAuthenticated'])) {
    throw unsupported('its Connection has another shape')
  }
  return prototype
}
