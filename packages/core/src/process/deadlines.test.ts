import { describe, expect, it } from 'vitest'
import { createHandClock } from '../test-support/hand-clock.js'
import { Deadlines } from './deadlines.js'

function setup() {
  const clock = createHandClock()
  const deadlines = new Deadlines(100, clock)
  const expired: string[] = []
  const run = (name: string) => ({ startedAt: clock.now(), expire: () => void expired.push(`${name}@${clock.now()}`) })
  return { clock, deadlines, expired, run }
}

describe('Deadlines', () => {
  it('expires each run when its own time is up, with one timer in all', async () => {
    const { clock, deadlines, expired, run } = setup()
    deadlines.add(run('a'))
    await clock.advance(30)
    deadlines.add(run('b'))
    expect(clock.pending).toBe(1)
    await clock.advance(200)
    expect(expired).toEqual(['a@100', 'b@130'])
    expect(clock.pending).toBe(0)
  })

  it('leaves no timer behind when everything ended in time', () => {
    const { clock, deadlines, run } = setup()
    const a = run('a')
    deadlines.add(a)
    deadlines.delete(a)
    expect(clock.pending).toBe(0)
  })

  it('still expires a later run when the first one ended in time', async () => {
    const { clock, deadlines, expired, run } = setup()
    const a = run('a')
    deadlines.add(a)
    await clock.advance(50)
    deadlines.add(run('b'))
    deadlines.delete(a)
    await clock.advance(100)
    expect(expired).toEqual(['b@150'])
  })
})
