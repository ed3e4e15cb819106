import { describe, expect, it } from 'vitest'
import type { MessageContext } from '../declare/message-context.js'
import type { Middleware } from '../declare/middleware.js'
import { compose } from './compose.js'

const context = {} as MessageContext

describe('compose', () => {
  it('is the handler itself where there is no middleware', () => {
    const handle = () => 'done'
    expect(compose([], handle)).toBe(handle)
  })

  it('runs outermost first and comes back in reverse', async () => {
    const seen: string[] = []
    const layer =
      (name: string): Middleware =>
      async (_message, _context, next) => {
        seen.push(`${name} in`)
        const result = await next()
        seen.push(`${name} out`)
        return result
      }
    const run = compose([layer('worker'), layer('handler')], (message) => seen.push(String(message)))
    await run('order', context)
    expect(seen).toEqual(['worker in', 'handler in', 'order', 'handler out', 'worker out'])
  })

  it('refuses a second next()', async () => {
    const twice: Middleware = async function retryInside(_message, _context, next) {
      await next()
      await next()
    }
    let runs = 0
    await expect(compose([twice], () => (runs += 1))('order', context)).rejects.toMatchObject({
      code: 'MILLRACE_MIDDLEWARE_NEXT_TWICE',
      message: expect.stringContaining('retryInside'),
    })
    expect(runs).toBe(1)
  })

  it.each<[string, Middleware]>([
    ['synchronous', (_message, _context, next) => void next()],
    ['asynchronous', async (_message, _context, next) => void next()],
  ])('waits for a handler that a %s middleware does not await, and takes its failure', async (_kind, careless) => {
    const handler = Promise.withResolvers<void>()
    let isDone = false
    const outcome = Promise.resolve(compose([careless], () => handler.promise)('order', context)).finally(
      () => (isDone = true),
    )
    await new Promise((resolve) => setImmediate(resolve))
    expect(isDone).toBe(false)
    handler.reject(new Error('down'))
    await expect(outcome).rejects.toThrow('down')
  })

  it.each<[string, Middleware]>([
    [
      'a synchronous',
      (_message, _context, next) => {
        void next()
        throw new Error('too slow')
      },
    ],
    [
      'an asynchronous',
      async (_message, _context, next) => {
        void next()
        throw new Error('too slow')
      },
    ],
  ])(
    'waits for a handler that still runs when %s middleware has failed: nothing may run beside it',
    async (_kind, impatient) => {
      const handler = Promise.withResolvers<void>()
      let isDone = false
      const outcome = Promise.resolve(compose([impatient], () => handler.promise)('order', context)).finally(
        () => (isDone = true),
      )
      outcome.catch(() => undefined) // looked at below
      await new Promise((resolve) => setImmediate(resolve))
      expect(isDone).toBe(false)
      handler.resolve()
      await expect(outcome).rejects.toThrow('too slow')
    },
  )

  it('lets a middleware answer for a handler that has failed', async () => {
    const forgiving: Middleware = async (_message, _context, next) => next().catch(() => 'forgiven')
    const failing = () => Promise.reject(new Error('down'))
    expect(await compose([forgiving], failing)('order', context)).toBe('forgiven')
  })

  it('lets a middleware answer without its handler', async () => {
    let runs = 0
    await compose([() => 'enough'], () => (runs += 1))('order', context)
    expect(runs).toBe(0)
  })
})
