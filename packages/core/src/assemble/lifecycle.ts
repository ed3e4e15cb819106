import { fail } from '../millrace-error.js'
import type { Clock } from '../observe/clock.js'

/** Something of the user's that lives as long as the worker: a connection pool, a cache, a server. */
export interface LifecycleHook {
  /** Runs before any group is joined, one hook after the other. Its failure stops the start. */
  onStart?(signal: AbortSignal): void | Promise<void>
  /** Runs after the drain, in reverse order, also for hooks whose onStart failed later in the list. */
  onStop?(signal: AbortSignal): void | Promise<void>
}

/**
 * Runs the onStart hooks in order; when one fails or takes too long, those that had started are stopped again.
 * @throws MillraceError `MILLRACE_HOOK_FAILED` or `MILLRACE_HOOK_TIMED_OUT`
 */
export async function startHooks(hooks: readonly LifecycleHook[], limitMs: number, clock: Clock): Promise<void> {
  for (const [index, hook] of hooks.entries()) {
    try {
      await limited('onStart', index, limitMs, clock, (signal) => hook.onStart?.(signal))
    } catch (error) {
      await stopHooks(hooks.slice(0, index), limitMs, clock)
      throw error
    }
  }
}

/** Runs the onStop hooks in reverse order, each of them whatever the others do, and returns what went wrong. */
export async function stopHooks(
  hooks: readonly LifecycleHook[],
  limitMs: number,
  clock: Clock,
): Promise<readonly Error[]> {
  const errors: Error[] = []
  for (const [index, hook] of [...hooks.entries()].reverse()) {
    try {
      await limited('onStop', index, limitMs, clock, (signal) => hook.onStop?.(signal))
    } catch (error) {
      if (error instanceof Error) errors.push(error)
    }
  }
  return errors
}

async function limited(
  hook: 'onStart' | 'onStop',
  index: number,
  limitMs: number,
  clock: Clock,
  call: (signal: AbortSignal) => void | Promise<void> | undefined,
): Promise<void> {
  const overdue = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = clock.after(limitMs, () => {
    overdue.abort('timeout')
    late.reject(fail('MILLRACE_HOOK_TIMED_OUT', { hook, index, limitMs }))
  })
  try {
    await Promise.race([(async () => call(overdue.signal))(), late.promise])
  } catch (cause) {
    if (overdue.signal.aborted) throw cause // what the hook does from now on has no reader
    throw fail('MILLRACE_HOOK_FAILED', { hook, index }, { cause })
  } finally {
    timer.cancel()
  }
}
