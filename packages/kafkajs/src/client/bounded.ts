/** A call took longer than it may. What becomes of it is unknown. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut'
  readonly retriable = true

  constructor(what: string, limitMs: number) {
    super(`${what} took longer than ${limitMs} ms`)
  }
}

/** Waits for `work` at most `limitMs` and until `signal` aborts, then rejects with `TimedOut` or the signal's reason. The work itself goes on. */
export async function bounded<Value>(
  work: PromiseLike<Value>,
  what: string,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Value> {
  let giveUp = (_reason: unknown): void => undefined
  const end = new Promise<never>((_resolve, reject) => (giveUp = reject))
  const abort = (): void => giveUp(signal?.reason ?? new Error('aborted'))
  if (signal?.aborted === true) abort()
  const timer = setTimeout(() => giveUp(new TimedOut(what, limitMs)), limitMs)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
