import { fail, isMillraceError, type MillraceError } from '../millrace-error.js'
import type { Clock } from '../observe/clock.js'
import { errorFrom } from '../observe/thrown.js'
import type { Sender } from '../produce/sender.js'
import { type OversizePolicy, smallerForms } from './letter-forms.js'
import { bytesOf, type DeadLetter } from './shrink-dead-letter.js'

const firstDelayMs = 1_000
const maxDelayMs = 60_000

/** How long a topic that takes nothing is left alone after so many tries, ms. */
export const delayAfter = (tries: number): number => Math.min(maxDelayMs, firstDelayMs * 2 ** (tries - 1))

export interface DeadLetterWrite {
  readonly letter: DeadLetter
  readonly onOversize: OversizePolicy
  /** Aborts when the lease begins to drain: no further try is started then. */
  readonly draining: AbortSignal
  /** Aborts when the lease is over: a record that still waits for room is not sent. One that the sender has taken runs its course. */
  readonly ended: AbortSignal
  readonly onFailed: (error: Error, tries: number, delayMs: number) => void
  readonly onRecovered: (tries: number) => void
}

/** The refusal of the whole letter for its size, which was this. */
export interface Oversize {
  readonly bytes: number
  readonly error: MillraceError
}

export type DeadLetterEnd =
  | { readonly kind: 'acknowledged' }
  /** Too large as it was, and acknowledged in a smaller form. */
  | { readonly kind: 'acknowledged-smaller'; readonly as: 'shrunk' | 'without-value'; readonly oversize: Oversize }
  /** The lease is over before anything was acknowledged. */
  | { readonly kind: 'abandoned' }
  /** Refused in every form that the policy allows; the smallest of them was this large. */
  | { readonly kind: 'too-large'; readonly smallestBytes: number; readonly oversize: Oversize }

interface Sending extends DeadLetterWrite {
  readonly sender: Sender
  readonly clock: Clock
}

/**
 * Writes a dead letter until it is acknowledged. A failure never lets its record be committed: the write is tried again
 * after 1 s, doubling to 60 s, until it succeeds or the lease ends.
 *
 * A letter that is too large is not tried again as it is: it is sent in the next smaller form at once. Their number is
 * fixed, and behind the last one the caller has to act on the policy.
 */
export async function writeDeadLetter(sender: Sender, clock: Clock, write: DeadLetterWrite): Promise<DeadLetterEnd> {
  const sending = { ...write, sender, clock }
  const sent = await sendForm(write.letter, sending)
  if (typeof sent === 'string') return { kind: sent }

  const oversize = { bytes: bytesOf(write.letter), error: sent }
  let smallestBytes = oversize.bytes
  for (const { letter, as } of smallerForms(write.letter, write.onOversize)) {
    const again = await sendForm(letter, sending)
    if (again === 'acknowledged') return { kind: 'acknowledged-smaller', as, oversize }
    if (again === 'abandoned') return { kind: 'abandoned' }
    smallestBytes = bytesOf(letter)
  }
  return { kind: 'too-large', smallestBytes, oversize }
}

/** Sends one form until it is acknowledged or refused for its size: that, too, is an answer and ends a failure. */
async function sendForm(
  letter: DeadLetter,
  { sender, clock, draining, ended, onFailed, onRecovered }: Sending,
): Promise<'acknowledged' | 'abandoned' | MillraceError> {
  for (let tries = 1; ; tries += 1) {
    try {
      await sender.send(letter, ended)
      if (tries > 1) onRecovered(tries)
      return 'acknowledged'
    } catch (thrown) {
      if (draining.aborted) return 'abandoned'
      if (isMillraceError(thrown, 'MILLRACE_PRODUCE_TOO_LARGE')) {
        if (tries > 1) onRecovered(tries)
        return thrown
      }
      const delayMs = delayAfter(tries)
      const facts = { topic: letter.topic, tries }
      onFailed(fail('MILLRACE_SETTLE_DEAD_LETTER_FAILED', facts, { cause: errorFrom(thrown) }), tries, delayMs)
      await clock.wait(delayMs, draining)
      if (draining.aborted) return 'abandoned'
    }
  }
}
