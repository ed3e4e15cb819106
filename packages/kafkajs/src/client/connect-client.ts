import { fail, isMillraceError, type MillraceError, systemClock } from '@millrace/core'
import { bounded } from './bounded.js'
import { causesOf } from './causes-of.js'
import type { Client } from './open-client.js'
import { plainError } from './plain-error.js'
import { createRefusalWatch } from './refusal-watch.js'

export interface ConnectLimits {
  readonly brokers: readonly string[]
  /** How long all tries together may take, ms. */
  readonly limitMs: number
  readonly signal: AbortSignal
}

const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 2000

/**
 * Connects and loads the metadata of `topics`, trying one broker of the list after the other.
 * @throws MillraceError `MILLRACE_DRIVER_UNREACHABLE` or `MILLRACE_DRIVER_TOKEN_UNAVAILABLE` when the time is over, `MILLRACE_DRIVER_UNAUTHORIZED` at once for faults of
 * credentials, certificates and listeners of another kind, after 15 s for a listener that closes connections and does not say why, or the signal's reason.
 */
export async function connectClient(client: Client, topics: readonly string[], limits: ConnectLimits): Promise<void> {
  const endAt = systemClock.now() + limits.limitMs
  let delayMs = FIRST_DELAY_MS
  const refusals = createRefusalWatch({ explainClosed: client.explainClosed })
  for (let tries = 1; ; tries += 1) {
    try {
      const leftMs = Math.max(endAt - systemClock.now(), 1)
      await bounded(connectOnce(client, topics), 'connecting', leftMs, limits.signal)
      return
    } catch (error) {
      limits.signal.throwIfAborted()
      const refusal = await refusals.judge(error)
      limits.signal.throwIfAborted()
      if (refusal !== undefined) throw refusal
      if (systemClock.now() + delayMs >= endAt) throw unreachable(limits.brokers, tries, error)
    }
    await systemClock.wait(delayMs, limits.signal)
    delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)
  }
}

async function connectOnce({ cluster }: Client, topics: readonly string[]): Promise<void> {
  await cluster.connect()
  // A listener that wants SASL answers the greeting and closes at the first real request: this one.
  await cluster.addMultipleTargetTopics([...topics])
}

function unreachable(brokers: readonly string[], tries: number, error: unknown): MillraceError {
  // Brokers did answer: what they ask for is missing.
  for (const fault of causesOf(error)) if (isMillraceError(fault, 'MILLRACE_DRIVER_TOKEN_UNAVAILABLE')) return fault
  return fail('MILLRACE_DRIVER_UNREACHABLE', { brokers: brokers.join(', '), tries }, { cause: plainError(error) })
}
