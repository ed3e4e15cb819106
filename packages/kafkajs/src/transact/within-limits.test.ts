import { createManualClock } from '@millrace/testing'
import { expect, it } from 'vitest'
import { withinLimits } from './within-limits.js'

const setup = (work: Promise<string>) => {
  const clock = createManualClock()
  const over = new AbortController()
  const limits = { limitMs: 100, signal: over.signal }
  return { clock, over, limits, found: withinLimits(clock, limits, work).catch(String) }
}

it('is what it came to, and leaves no timer', async () => {
  const { clock, found } = setup(Promise.resolve('done'))
  expect([await found, clock.timersWaiting]).toEqual(['done', 0])
  expect(await setup(Promise.reject(new Error('no'))).found).toBe('Error: no')
})

it.each(['its time is over', 'it was called off'])('is not waited for once %s', async (what) => {
  const { clock, over, found } = setup(new Promise(() => undefined))
  if (what === 'it was called off') over.abort()
  else await clock.advance(100)
  expect([await found, clock.timersWaiting]).toEqual([`Error: ${what}`, 0])
})

it('is not waited for where it was called off before', async () => {
  const { clock, limits, over } = setup(Promise.resolve('done'))
  over.abort()
  await expect(withinLimits(clock, limits, new Promise(() => undefined))).rejects.toThrow('called off')
})
