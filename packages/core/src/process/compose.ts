import type { MessageContext } from '../declare/message-context.js'
import type { Middleware } from '../declare/middleware.js'
import { fail } from '../millrace-error.js'

export type Handle<Context extends MessageContext = MessageContext> = (message: unknown, context: Context) => unknown

/** Puts middleware around a handler, outermost first. Composed once per handler; without middleware it is the handler itself. */
export function compose<Context extends MessageContext>(
  middleware: readonly Middleware[],
  handle: Handle<Context>,
): Handle<Context> {
  return middleware.reduceRight<Handle<Context>>((inner, outer) => wrap(inner, outer), handle)
}

function wrap<Context extends MessageContext>(inner: Handle<Context>, outer: Middleware): Handle<Context> {
  return (message, context) => {
    let calls = 0
    let unfinished: Promise<unknown> | undefined
    const run = async (): Promise<unknown> => {
      calls += 1
      if (calls > 1) throw fail('MILLRACE_MIDDLEWARE_NEXT_TWICE', { middleware: outer.name || 'without a name' })
      return inner(message, context)
    }
    const follow = (result: unknown): unknown => unfinished ?? result // a handler that nobody awaited is awaited here
    const next = (): Promise<unknown> => {
      const running = run()
      unfinished = running
      const end = (): void => void (unfinished = undefined)
      running.then(end, end)
      return running
    }
    const failLate = async (thrown: unknown): Promise<never> => {
      await unfinished?.catch(() => undefined) // the middleware's own failure is the one that is told
      throw thrown
    }
    let result: unknown
    try {
      result = outer(message, context, next)
    } catch (thrown) {
      if (unfinished === undefined) throw thrown
      return failLate(thrown)
    }
    return result instanceof Promise ? result.then(follow, failLate) : follow(result)
  }
}
