import type { ConsumerOptions, HandleOptions } from './handle-options.js'
import type { HandlerMethod } from './handle.js'
import type { ReceivedMessage, Topic } from './topic.js'

/** A handler that is a function: made by `handle(topic, options, fn)`. */
export interface HandlerDefinition {
  readonly topic: Topic<unknown, unknown, never, never>
  readonly options: FunctionHandleOptions
  readonly handle: (message: never, context: never) => unknown
}

export interface FunctionHandleOptions extends HandleOptions {
  /** What logs, dead letters and errors call the handler. Default: `group.topic`. */
  readonly name?: string
}

/** A consumer without a class: what `defineConsumer` returns and `createWorker` takes beside classes. */
export interface ConsumerDefinition extends ConsumerOptions {
  readonly handlers: readonly HandlerDefinition[]
}

/** One handler of `defineConsumer`. Message and context get their types from the topic, as with `@Handle`. */
export const handle = <Key, Value, Tombstones extends boolean>(
  topic: Topic<Key, Value, never, never, Tombstones>,
  options: FunctionHandleOptions,
  fn: HandlerMethod<Key, ReceivedMessage<Value, Tombstones>>,
): HandlerDefinition => Object.freeze({ topic, options, handle: fn })

/**
 * The decorator-free twin of `@Consumer` and `@Handle`; it builds the same plan:
 * `defineConsumer({ group: 'billing', handlers: [handle(Orders, { deadLetter: true }, (order, ctx) => ...)] })`
 */
export const defineConsumer = (definition: ConsumerDefinition): ConsumerDefinition => Object.freeze({ ...definition })
