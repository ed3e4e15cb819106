import { describe, expect, it } from 'vitest'
import { type Straggler, Stragglers } from './stragglers.js'

const straggler = (): Straggler => ({ forget: () => undefined })

function waitFor(stragglers: Stragglers, partition: number) {
  const over = new AbortController()
  const ended: string[] = []
  const done = stragglers.gone(partition, over.signal).then(() => void ended.push('ended'))
  return { over, ended, done }
}

describe('runs that outlive their lease', () => {
  it('are waited for until the last of the partition has ended; others do not count', async () => {
    const stragglers = new Stragglers()
    const [a, b, other] = [straggler(), straggler(), straggler()]
    stragglers.add(1, a)
    stragglers.add(1, b)
    stragglers.add(2, other)
    const { done, ended } = waitFor(stragglers, 1)
    stragglers.delete(1, a)
    stragglers.delete(1, a)
    await Promise.resolve()
    expect([stragglers.count(1), ended]).toEqual([1, []])
    stragglers.delete(1, b)
    await done
    expect([stragglers.count(1), stragglers.count(2), ended]).toEqual([0, 1, ['ended']])
  })

  it('are not waited for when there are none', async () => {
    await waitFor(new Stragglers(), 1).done
  })

  it('are not waited for beyond the lease of who waits', async () => {
    const stragglers = new Stragglers()
    stragglers.add(1, straggler())
    const { done, over } = waitFor(stragglers, 1)
    over.abort()
    await done
    expect(stragglers.count(1)).toBe(1)
  })

  it('are forgotten at the end of the worker, by their own hand', async () => {
    const stragglers = new Stragglers()
    const forgetful: Straggler = { forget: () => stragglers.delete(1, forgetful) }
    stragglers.add(1, forgetful)
    const { done } = waitFor(stragglers, 1)
    stragglers.clear()
    await done
    expect(stragglers.count(1)).toBe(0)
  })
})
