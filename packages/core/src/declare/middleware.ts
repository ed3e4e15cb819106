import type { MessageContext } from './message-context.js'

/**
 * Wraps the handler of every record it is put around. It may act before and after `next()`, measure, add context, or
 * throw. `next` runs the rest once; a second call is an error. A middleware that never calls it leaves the record
 * processed without its handler: say so in its name.
 *
 * `next` answers with what the handler returned; what the middleware returns is not used. Around a transform, `next` resolves
 * when its outputs are made and encoded: it rejects where one of them is wrong, and an async iterable has been read to its end.
 */
export type Middleware = (message: unknown, context: MessageContext, next: () => Promise<unknown>) => unknown

/** Set on a middleware that leaves out records it has seen before. */
export const leavesOutSeen: unique symbol = Symbol.for('@millrace/core/leaves-out-seen')
