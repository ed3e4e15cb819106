import { fail } from '../millrace-error.js'
import type { Clock } from '../observe/clock.js'

/** Something of the user's that lives as long as the worker: a connection pool, a cache, a server. */
export interface LifecycleHook {
  /**
   * Runs before any group is joined, one hook after the other. Its failure stops the start. The signal aborts with reason
   * `timeout` after `hookTimeout`, and with `shutdown` when the worker is stopped meanwhile: then it is waited for, so that
   * what it has opened is closed again.
   */
  onStart?(signal: AbortSignal): void | Promise<void>
  /** Runs after the drain, in reverse order, also for hooks whose onStart failed later in the list. */
  onStop?(signal: AbortSignal): void | Promise<void>
}

/**
 * Runs the onStart hooks in order; when one fails or takes too long, or the start is given up, those that had started are
 * stopped again.
 * @throws MillraceError `MILLRACE_HOOK_FAILED` or `MILLRACE_HOOK_TIMED_OUT`, or the signal's reason
 */
export async function startHooks(
  hooks: readonly LifecycleHook[],
  limitMs: number,
  clock: Clock,
  stopped: AbortSignal,
): Promise<void> {
  for (const [index, hook] of hooks.entries()) {
    try {
      stopped.throwIfAborted()
      await limited('onStart', index, { limitMs, clock, stopped }, (signal) => hook.onStart?.(signal))
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
      await limited('onStop', index, { limitMs, clock }, (signal) => hook.onStop?.(signal))
    } catch (error) {
      if (error instanceof Error) errors.push(error)
    }
  }
  return errors
}

interface HookLimits {
  readonly limitMs: number
  readonly clock: Clock
  /** Tells the hook that nobody needs it any more. */
  readonly stopped?: AbortSignal
}

async function limited(
  hook: 'onStart' | 'onStop',
  index: number,
  { limitMs, clock, stopped }: HookLimits,
  call: (signal: AbortSignal) => void | Promise<void> | undefined,
): Promise<void> {
  const over = new AbortController()
  const late = Promise.withResolvers<never>()
  const onStopped = (): void => over.abort('shutdown')
  const timedOut = fail('MILLRACE_HOOK_TIMED_OUT', { hook, index, limitMs })
  const timer = clock.after(limitMs, () => {
    over.abort('timeout')
    late.reject(timedOut)
  })
  stopped?.addEventListener('abort', onStopped)
  try {
    await Promise.race([(async () => call(over.signal))(), late.promise])
  } catch (cause) {
    if (over.signal.reason === 'timeout' || cause === timedOut) throw timedOut // what the hook does now has no reader
    throw fail('MILLRACE_HOOK_FAILED', { hook, index }, { cause })
  } finally {
    timer.cancel()
    stopped?.removeEventListener('abort', onStopped)
  }
}
