/**
 * A process that waits is put to sleep, and to wake it takes tens of microseconds: half of a round trip on one machine. So while a client
 * sends each request shortly behind the answer to the one before, the next one is waited for awake: the event loop goes round
 * without sleeping, for half a millisecond at most. Whoever asks now and then, or in one burst, costs nothing.
 *
 * For a broker that has its process to itself: beside a client, in one event loop, it would take the time of that client.
 */
export interface StayAwake {
  /** A request was answered. */
  answered(): void
}

export interface StayAwakeParts {
  /** Milliseconds, with fractions. Default: `performance.now`. */
  readonly now?: () => number
  /** Default: `setImmediate`. */
  readonly nextTurn?: (call: () => void) => unknown
}

/** Longer than a round trip of a client that does nothing else. */
const awakeMs = 0.5
/** So many answers, each shortly behind the last one, are a client that waits for each. */
const inARow = 8

export function createStayAwake({
  now = () => performance.now(),
  nextTurn = setImmediate,
}: StayAwakeParts = {}): StayAwake {
  let [answeredAt, quick] = [Number.NEGATIVE_INFINITY, 0]
  let isAwake = false

  const look = (): void => {
    isAwake = now() - answeredAt < awakeMs
    if (isAwake) nextTurn(look)
  }

  return {
    answered() {
      const at = now()
      quick = at - answeredAt < awakeMs ? quick + 1 : 0
      answeredAt = at
      if (quick < inARow || isAwake) return
      isAwake = true
      nextTurn(look)
    },
  }
}
