import type { Clock, Sender } from '@millrace/core'
import type { ScriptedDriver } from '../scripted/scripted-driver.js'

/** A sender whose records count as put there by the test, so that encoding is the producer's own. */
export const scriptSender = (driver: ScriptedDriver, clock: Clock): Sender => ({
  async send({ topic, headers = [], timestamp = clock.wallNow(), ...record }) {
    return { ...driver.send(topic, { ...record, headers, timestamp }), timestamp }
  },
  flush: async () => undefined,
  close: async () => undefined,
})
