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
    const next = async (): Promise<unknown> => {
      calls += 1
      if (calls > 1) throw fail('MILLRACE_MIDDLEWARE_NEXT_TWICE', { middleware: outer.name || 'without a name' })
      return inner(message, context)
    }
    const follow = (result: unknown): unknown => unfinished ?? result // a handler that nobody awaited is awaited here
    const result = outer(message, context, () => {
      const running = next()
      unfinished = running
      const end = (): void => void (unfinished = undefined)
      running.then(end, end)
      return running
    })
    return result instanceof Promise ? result.then(follow) : follow(result)
  }
}
