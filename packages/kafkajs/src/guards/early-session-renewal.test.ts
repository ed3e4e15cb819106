import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { earlySessionRenewal } from './early-session-renewal.js'

interface Connection {
  authenticatedAt: readonly [seconds: number, nanos: number] | null
  sessionLifetime: object
  isAuthenticated(): boolean
}

/** Whether kafkajs's own connection would send its next request as it is, so long after it has authenticated. */
function isContentAfter(ms: number, sessionMs: number): boolean {
  const load = createRequire(import.meta.url)
  const ConnectionClass = load('kafkajs/src/network/connection.js')
  const Long = load('kafkajs/src/utils/long.js')
  const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined }
  const connection: Connection = new ConnectionClass({
    host: 'b',
    port: 1,
    logger,
    requestTimeout: 1,
    connectionTimeout: 1,
  })
  const at = process.hrtime.bigint() - BigInt(ms) * 1_000_000n
  connection.authenticatedAt = [Number(at / 1_000_000_000n), Number(at % 1_000_000_000n)]
  connection.sessionLifetime = Long.fromValue(sessionMs)
  return connection.isAuthenticated()
}

// The guard stays in the process once it is installed, so the run without it comes first.
it('red without early-session-renewal: a session of up to ten seconds is over before it begins', () => {
  expect([isContentAfter(0, 10_000), isContentAfter(0, 11_000)]).toEqual([false, true])
})

it('green: a session is renewed when a fifth of it is left, and one without an end never', () => {
  earlySessionRenewal.install?.()
  earlySessionRenewal.install?.()
  expect([isContentAfter(7_900, 10_000), isContentAfter(8_100, 10_000)]).toEqual([true, false])
  expect([isContentAfter(2_800_000, 3_600_000), isContentAfter(2_900_000, 3_600_000)]).toEqual([true, false])
  expect(isContentAfter(1_000_000_000, 0)).toBe(true)
})
