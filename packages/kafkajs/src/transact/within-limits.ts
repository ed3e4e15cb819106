import type { Clock } from '@millrace/core'
import type { CallLimits } from './call-coordinator.js'

/** Waits for it no longer than that. What is left of it goes on, and nobody looks at how it ends. */
export async function withinLimits<Value>(
  clock: Clock,
  { limitMs, signal }: CallLimits,
  work: Promise<Value>,
): Promise<Value> {
  const { promise: isOver, reject } = Promise.withResolvers<never>()
  const callOff = (): void => reject(new Error('it was called off'))
  const timer = clock.after(limitMs, () => reject(new Error('its time is over')))
  signal.addEventListener('abort', callOff, { once: true })
  if (signal.aborted) callOff()
  try {
    return await Promise.race([work, isOver])
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', callOff)
  }
}
