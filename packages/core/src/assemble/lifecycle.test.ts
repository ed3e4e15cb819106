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

const never = new AbortController().signal

describe('lifecycle hooks', () => {
  it('start in order and stop in reverse', async () => {
    const { clock, seen, hook } = setup()
    const hooks = [hook('pool'), hook('cache')]
    await startHooks(hooks, 1_000, clock, never)
    expect(await stopHooks(hooks, 1_000, clock)).toEqual([])
    expect(seen).toEqual(['start pool', 'start cache', 'stop cache', 'stop pool'])
    expect(clock.pending).toBe(0)
  })

  it('are rolled back when one of them fails, and the failure keeps its cause', async () => {
    const { clock, seen, hook } = setup()
    const cause = new Error('no database')
    const broken = hook('cache', () => Promise.reject(cause))
    await expect(startHooks([hook('pool'), broken, hook('never')], 1_000, clock, never)).rejects.toMatchObject({
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
    const started = startHooks([hanging], 1_000, clock, never)
    started.catch(() => undefined) // looked at below
    await clock.advance(1_000)
    await expect(started).rejects.toMatchObject({ code: 'MILLRACE_HOOK_TIMED_OUT' })
    expect(reason).toBe('timeout')
  })

  it('hear when the worker is stopped meanwhile, are waited for, and rolled back', async () => {
    const { clock, seen, hook } = setup()
    const stop = new AbortController()
    const obeying = hook(
      'cache',
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error(`no cache: ${String(signal.reason)}`)))
          stop.abort('enough')
        }),
    )
    await expect(startHooks([hook('pool'), obeying, hook('never')], 1_000, clock, stop.signal)).rejects.toMatchObject({
      code: 'MILLRACE_HOOK_FAILED',
      cause: { message: 'no cache: shutdown' },
    })
    expect(seen).toEqual(['start pool', 'start cache', 'stop pool'])
    expect(clock.pending).toBe(0)
  })

  it('are not begun any more once the worker is stopped', async () => {
    const { clock, seen, hook } = setup()
    const stop = new AbortController()
    const stopping = hook('pool', () => stop.abort('enough'))
    await expect(startHooks([stopping, hook('never')], 1_000, clock, stop.signal)).rejects.toBe('enough')
    expect(seen).toEqual(['start pool', 'stop pool'])
  })

  it('stop all of them, whatever one of them does', async () => {
    const { clock, seen, hook } = setup()
    const broken = { onStop: () => Promise.reject(new Error('already closed')) }
    const errors = await stopHooks([hook('pool'), broken, hook('cache')], 1_000, clock)
    expect(seen).toEqual(['stop cache', 'stop pool'])
    expect(errors).toMatchObject([{ code: 'MILLRACE_HOOK_FAILED' }])
  })
})
