import { expect, it } from 'vitest'
import { bounded, TimedOut } from './bounded.js'

const never = new Promise<never>(() => undefined)

it('hands the value on', async () => {
  expect(await bounded(Promise.resolve(1), 'work', 1000)).toBe(1)
})

it('hands the failure on', async () => {
  await expect(bounded(Promise.reject(new Error('no')), 'work', 1000)).rejects.toThrow('no')
})

it('gives up at its limit and says what took too long', async () => {
  const end: unknown = await bounded(never, 'Fetch at b:1', 5).catch((error: unknown) => error)
  expect(end).toBeInstanceOf(TimedOut)
  expect(String(end)).toContain('Fetch at b:1 took longer than 5 ms')
})

it('gives up with the reason of its signal, aborted before or meanwhile', async () => {
  const reason = new Error('leaving')
  await expect(bounded(never, 'work', 1000, AbortSignal.abort(reason))).rejects.toBe(reason)
  const later = new AbortController()
  const waiting = bounded(never, 'work', 1000, later.signal)
  later.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})
