import { describe, expect, it } from 'vitest'
import { type LifecycleHook, startHooks, stopHooks } from './lifecycle.js'
import { createHandClock } from '../test-support/hand-clock.js'

function setup() {
  const clock = createHandClock()
  const seen: string[] = []
  const hook = (name: string, onStart: LifecycleHook['onStart'] = () => undefined): LifecycleHook => ({
    onStart: async (signal) => {
      seen.push(`start ${name}`)
      await onStart(signal)
    },
    onStop: () => void seen.push(`stop ${name}`),
  })
  return { clock, seen, hook }
}

describe('lifecycle hooks', () => {
  it('start in order and stop in reverse', async () => {
    const { clock, seen, hook } = setup()
    const hooks = [hook('pool'), hook('cache')]
    await startHooks(hooks, 1_000, clock)
    expect(await stopHooks(hooks, 1_000, clock)).toEqual([])
    expect(seen).toEqual(['start pool', 'start cache', 'stop cache', 'stop pool'])
    expect(clock.pending).toBe(0)
  })

  it('are rolled back when one of them fails, and the failure keeps its cause', async () => {
    const { clock, seen, hook } = setup()
    const cause = new Error('no database')
    const broken = hook('cache', () => Promise.reject(cause))
    await expect(startHooks([hook('pool'), broken, hook('never')], 1_000, clock)).rejects.toMatchObject({
      code: 'MILLRACE_HOOK_FAILED',
      cause,
    })
    expect(seen).toEqual(['start pool', 'start cache', 'stop pool'])
  })

  it('are given up after their time limit, with the signal aborted', async () => {
    const { clock, hook } = setup()
    let reason: unknown
    const hanging = hook(
      'pool',
      (signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (reason = signal.reason))
        }),
    )
    const started = startHooks([hanging], 1_000, clock)
    started.catch(() => undefined) // looked at below
    await clock.advance(1_000)
    await expect(started).rejects.toMatchObject({ code: 'MILLRACE_HOOK_TIMED_OUT' })
    expect(reason).toBe('timeout')
  })

  it('stop all of them, whatever one of them does', async () => {
    const { clock, seen, hook } = setup()
    const broken = { onStop: () => Promise.reject(new Error('already closed')) }
    const errors = await stopHooks([hook('pool'), broken, hook('cache')], 1_000, clock)
    expect(seen).toEqual(['stop cache', 'stop pool'])
    expect(errors).toMatchObject([{ code: 'MILLRACE_HOOK_FAILED' }])
  })
})
