import { fail } from '../millrace-error.js'
import type { Clock } from '../observe/clock.js'

/**
 * Waits for something of others that may hang: a container, a connection. What it does after the limit has no reader.
 * @throws MillraceError `MILLRACE_CLOSE_TIMED_OUT`, and whatever the work throws.
 */
export async function within<Result>(
  { what, limitMs, clock }: { readonly what: string; readonly limitMs: number; readonly clock: Clock },
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = clock.after(limitMs, () => late.reject(fail('MILLRACE_CLOSE_TIMED_OUT', { what, limitMs })))
  try {
    return await Promise.race([Promise.resolve().then(work), late.promise])
  } finally {
    timer.cancel()
  }
}
