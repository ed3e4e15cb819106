import { setTimeout as delay } from 'node:timers/promises'

const stopLimitMs = 30_000
const graceMs = 15_000

/**
 * Stops what a run has started, and ends the process a while later if something of it is still open: a socket of the proxy
 * that was reset while it was closing stays for ever. What a run has found is not lost by that; the exit code is whatever
 * has been decided until then, and brokers die with the process that started them.
 */
export async function leaveWhenDone(stop: () => Promise<void>): Promise<void> {
  await Promise.race([stop(), delay(stopLimitMs, undefined, { ref: false })])
  setTimeout(() => process.exit(), graceMs).unref()
}
