import type { MessageContext } from '../declare/message-context.js'
import type { Middleware } from '../declare/middleware.js'
import { fail } from '../millrace-error.js'

export type Handle<Context extends MessageContext = MessageContext> = (message: unknown, context: Context) => unknown

/** Puts middleware around a handler, outermost first. Composed once per handler; without middleware it is the handler itself. */
export function compose<Context extends MessageContext>(
  middleware: readonly Middleware[],
  handle: Handle<Context>,
): Handle<Context> {
  return middleware.reduceRight<Handle<Context>>(
    (inner, outer) => (message, context) => {
      let calls = 0
      return outer(message, context, async () => {
        calls += 1
        if (calls > 1) throw fail('MILLRACE_MIDDLEWARE_NEXT_TWICE', { middleware: outer.name || 'without a name' })
        return inner(message, context)
      })
    },
    handle,
  )
}
