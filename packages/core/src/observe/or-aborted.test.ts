import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { orAborted } from './or-aborted.js'

const never = new Promise<never>(() => undefined)

it('ends as its work does, and leaves no listener', async () => {
  const { signal } = new AbortController()
  expect(await orAborted(1, signal)).toBe(1)
  await expect(orAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('ends with the reason of its signal, also of one that has aborted before', async () => {
  const stop = new AbortController()
  const ended = orAborted(never, stop.signal)
  stop.abort(new Error('stop'))
  await expect(ended).rejects.toThrow('stop')
  await expect(orAborted(never, stop.signal)).rejects.toThrow('stop')
  expect(getEventListeners(stop.signal, 'abort')).toEqual([])
})

it('waits for the work alone where there is no signal', async () => {
  await expect(orAborted(Promise.resolve('done'), undefined)).resolves.toBe('done')
})
