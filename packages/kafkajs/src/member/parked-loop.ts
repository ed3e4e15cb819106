import type { ConsumerGroup } from '../internals.js'

/** kafkajs's words for what made it join again. */
export type RejoinCause = 'REBALANCE_IN_PROGRESS' | 'ILLEGAL_GENERATION' | 'UNKNOWN_MEMBER_ID'

/**
 * kafkajs's fetch loop, held still: its `fetch` waits until the member wants it to join again, its `heartbeat` is
 * silent. So it joins and syncs, at once when it is told to, and does nothing else: it asks for no metadata, no offsets and
 * no records, and none of their errors can end it.
 */
export interface ParkedLoop {
  /** Before each join. */
  takeOver(group: ConsumerGroup): void
  /** After a join: the next `fetch` waits. */
  park(): void
  /** Makes the loop join again; it stays so until `park`, because a join may fail. */
  rejoin(cause: RejoinCause): void
  /** Lets `fetch` return, so that stopping does not wait for it. */
  release(): void
}

export function createParkedLoop(): ParkedLoop {
  let end: { resolve: () => void; reject: (error: Error) => void }
  let waiting: Promise<void>
  const park = (): void => {
    waiting = new Promise((resolve, reject) => (end = { resolve, reject }))
    // The loop may be on its way: a rejection that nobody waits for yet is not lost, and not unhandled.
    waiting.catch(() => undefined)
  }
  park()
  return {
    takeOver(group) {
      group.fetch = async () => {
        await waiting
        // A released loop runs until it is stopped; it must leave the event loop its turns.
        await new Promise((resolve) => setImmediate(resolve))
        return []
      }
      group.heartbeat = async () => undefined
    },
    park,
    rejoin: (cause) => end.reject(Object.assign(new Error(cause), { type: cause })),
    release: () => end.resolve(),
  }
}
