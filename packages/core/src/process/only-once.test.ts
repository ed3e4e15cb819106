import { describe, expect, it } from 'vitest'
import type { MessageContext } from '../declare/message-context.js'
import { memoryOnceStore, onlyOnce } from './only-once.js'

const contextOf = (id: string) => ({ group: 'billing', id }) as MessageContext

describe('onlyOnce', () => {
  it('runs a record once per group, however often it is delivered', async () => {
    const middleware = onlyOnce(memoryOnceStore())
    const runs: string[] = []
    for (const id of ['a/0/1', 'a/0/1', 'a/0/2']) {
      await middleware('order', contextOf(id), async () => runs.push(id))
    }
    expect(runs).toEqual(['a/0/1', 'a/0/2'])
  })

  it('leaves no mark when the work fails', async () => {
    const middleware = onlyOnce(memoryOnceStore())
    const failing = async () => {
      throw new Error('down')
    }
    await expect(middleware('order', contextOf('a/0/1'), failing)).rejects.toThrow('down')
    let ran = false
    await middleware('order', contextOf('a/0/1'), async () => (ran = true))
    expect(ran).toBe(true)
  })

  it('remembers a bounded number of records', async () => {
    const store = memoryOnceStore({ limit: 2 })
    const work = async () => undefined
    for (const key of ['1', '2', '3']) await store.runOnce(key, work)
    expect(await store.runOnce('3', work)).toBe('seen')
    expect(await store.runOnce('1', work)).toBe('ran')
  })
})
