import type { ConsumerOptions, HandleOptions } from './handle-options.js'
import type { HandlerMethod } from './handle.js'
import type { Otherwise, RouteCondition } from './routing/condition.js'
import type { RoutedMessage, RouteOption } from './routing/routed-message.js'
import type { AnyTopic, ReceivedMessage, Topic } from './topic.js'
import type { TransformOptions } from './transform-options.js'
import type { Sinks, TransformMethod } from './transform-types.js'

/** A handler that is a function: made by `handle(topic, options, fn)`. */
export interface HandlerDefinition {
  readonly kind: 'Handle'
  readonly topic: AnyTopic
  readonly options: FunctionHandleOptions
  readonly handle: (message: never, context: never) => unknown
}

export interface FunctionHandleOptions extends HandleOptions {
  /** What logs, dead letters and errors call the handler. Default: `group.topic`. */
  readonly name?: string
}

/** A transform that is a function: made by `transform(topic, options, fn)`. */
export interface TransformDefinition {
  readonly kind: 'Transform'
  readonly topic: AnyTopic
  readonly options: FunctionTransformOptions
  readonly handle: (message: never, context: never) => unknown
}

export interface FunctionTransformOptions<To extends Sinks = Sinks> extends TransformOptions<To> {
  /** What logs, dead letters and errors call the transform. Default: `group.topic`. */
  readonly name?: string
}

/** A consumer without a class: what `defineConsumer` returns and `createWorker` takes beside classes. */
export interface ConsumerDefinition extends ConsumerOptions {
  readonly handlers: readonly (HandlerDefinition | TransformDefinition)[]
}

/** One handler of `defineConsumer`. Message and context get their types from the topic, as with `@Handle`. */
export const handle = <Key, Value, Tombstones extends boolean, const When extends RouteCondition = Otherwise>(
  topic: Topic<Key, Value, never, never, Tombstones>,
  options: FunctionHandleOptions & RouteOption<ReceivedMessage<Value, Tombstones>, When>,
  fn: HandlerMethod<Key, RoutedMessage<ReceivedMessage<Value, Tombstones>, When>>,
): HandlerDefinition => Object.freeze({ kind: 'Handle', topic, options, handle: fn })

/** One transform of `defineConsumer`. Message, context and outputs get their types from the topics, as with `@Transform`. */
export const transform = <
  Key,
  Value,
  Tombstones extends boolean,
  const To extends Sinks,
  const When extends RouteCondition = Otherwise,
>(
  topic: Topic<Key, Value, never, never, Tombstones>,
  options: FunctionTransformOptions<To> & RouteOption<ReceivedMessage<Value, Tombstones>, When>,
  fn: TransformMethod<Key, RoutedMessage<ReceivedMessage<Value, Tombstones>, When>, To>,
): TransformDefinition => Object.freeze({ kind: 'Transform', topic, options, handle: fn })

/**
 * The decorator-free twin of `@Consumer`, `@Handle` and `@Transform`; it builds the same plan:
 * `defineConsumer({ group: 'billing', handlers: [handle(Orders, { deadLetter: true }, (order, ctx) => ...)] })`
 */
export const defineConsumer = (definition: ConsumerDefinition): ConsumerDefinition => Object.freeze({ ...definition })
