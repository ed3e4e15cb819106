import { describe, expect, it } from 'vitest'
import { createHandClock } from '../test-support/hand-clock.js'
import { within } from './within.js'

describe('within', () => {
  it('gives what the work gives, and leaves no timer', async () => {
    const clock = createHandClock()
    const limits = { what: 'the container', limitMs: 1_000, clock }
    expect(await within(limits, () => 'closed')).toBe('closed')
    await expect(within(limits, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(clock.pending).toBe(0)
  })

  it('goes on without work that hangs', async () => {
    const clock = createHandClock()
    const closed = within({ what: 'the container', limitMs: 1_000, clock }, () => new Promise(() => undefined))
    closed.catch(() => undefined) // looked at below
    await clock.advance(1_000)
    await expect(closed).rejects.toMatchObject({
      code: 'MILLRACE_CLOSE_TIMED_OUT',
      message: expect.stringContaining('the container'),
    })
  })
})
