import type { MessageContext } from './message-context.js'

/**
 * Wraps the handler of every record it is put around. It may act before and after `next()`, measure, add context, or
 * throw. `next` runs the rest once; a second call is an error. A middleware that never calls it leaves the record
 * processed without its handler: say so in its name.
 */
export type Middleware = (message: unknown, context: MessageContext, next: () => Promise<unknown>) => unknown
