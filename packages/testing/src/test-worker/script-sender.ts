import type { Sender } from '@millrace/core'
import type { ScriptedDriver } from '../scripted/scripted-driver.js'

/** A sender whose records count as put there by the test, so that encoding is the producer's own. */
export const scriptSender = (driver: ScriptedDriver): Sender => ({
  send: async ({ topic, headers = [], ...record }) => driver.send(topic, { ...record, headers }),
  flush: async () => undefined,
  close: async () => undefined,
})
