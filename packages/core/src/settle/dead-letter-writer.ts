import { fail } from '../millrace-error.js'
import type { Clock } from '../observe/clock.js'
import { errorFrom } from '../observe/thrown.js'
import type { OutgoingRecord, Sender } from '../produce/sender.js'

const firstDelayMs = 1_000
const maxDelayMs = 60_000

export interface DeadLetterWrite {
  readonly letter: OutgoingRecord
  /** Aborts when the lease begins to drain: no further try is started then. */
  readonly draining: AbortSignal
  /** Aborts when the lease is over: a record that still waits for room is not sent. One that the sender has taken runs its course. */
  readonly ended: AbortSignal
  readonly onFailed: (error: Error, tries: number, delayMs: number) => void
  readonly onRecovered: (tries: number) => void
}

/**
 * Writes a dead letter until it is acknowledged. A failure never lets its record be committed: the write is tried again
 * after 1 s, doubling to 60 s, until it succeeds or the lease ends.
 */
export async function writeDeadLetter(
  sender: Sender,
  clock: Clock,
  { letter, draining, ended, onFailed, onRecovered }: DeadLetterWrite,
): Promise<'acknowledged' | 'abandoned'> {
  for (let tries = 1; ; tries += 1) {
    try {
      await sender.send(letter, ended)
      if (tries > 1) onRecovered(tries)
      return 'acknowledged'
    } catch (thrown) {
      if (draining.aborted) return 'abandoned'
      const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (tries - 1))
      onFailed(
        fail('MILLRACE_SETTLE_DEAD_LETTER_FAILED', { topic: letter.topic, tries }, { cause: errorFrom(thrown) }),
        tries,
        delayMs,
      )
      await clock.wait(delayMs, draining)
      if (draining.aborted) return 'abandoned'
    }
  }
}
