import { setTimeout as delay } from 'node:timers/promises'
import { isRetriable, KafkaRefusal, timedOut } from './kafka-refusal.js'

const betweenTriesMs = 20

/**
 * Does it again for as long as it fails for reasons that pass, and for no longer than the signal says: then with Java's
 * `TimeoutException`, whose cause is the last reason.
 */
export async function retrying<T>(what: string, limit: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (limit.aborted) throw late(what, limit, error)
      if (!isRetriable(error)) throw error
      await delay(betweenTriesMs)
    }
  }
}

/** Whoever gave it up says why, unless it was the time. */
export function late(what: string, limit: AbortSignal, cause: unknown): unknown {
  const { reason } = limit
  if (reason instanceof KafkaRefusal) return reason
  return timedOut(`${what}: timed out`, cause)
}
