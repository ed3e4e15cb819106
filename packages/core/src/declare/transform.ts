import { declareMethod, type MethodDecorator } from './method-decorator.js'
import type { Otherwise, RouteCondition } from './routing/condition.js'
import type { RoutedMessage, RouteOption } from './routing/routed-message.js'
import type { ReceivedMessage, Topic } from './topic.js'
import type { TransformOptions } from './transform-options.js'
import type { Sinks, TransformContext, TransformResult } from './transform-types.js'

/** What `@Transform` of such a topic to such sinks takes, in both decorator modes. */
export type TransformDecorator<Key, Message, To extends Sinks> = MethodDecorator<
  Message,
  TransformContext<Key, To>,
  TransformResult<To>
>

/**
 * Makes a method a transform: `@Transform(Orders, { to: Invoices, deadLetter: true })`. It returns one output, several, none
 * (the record is filtered out) or an async iterable of them; with several sinks it calls `ctx.produce(topic, message)`.
 *
 * Exactly once by default: outputs, dead letters and the offset of the input are committed together or not at all. The
 * handler itself may run more than once for a record, so effects outside Kafka are at-least-once. A failure is retried before
 * the transaction; as with `@Handle`, `deadLetter` or `onExhausted` says what becomes of the record then. Wrong options are
 * reported by `createWorker` (`MILLRACE_PLAN_INVALID`), together with all others.
 * @throws MillraceError `MILLRACE_PLAN_INVALID` at once, when a compiler implements TC39 decorators without metadata
 */
export function Transform<
  Key,
  Value,
  Tombstones extends boolean,
  const To extends Sinks,
  const When extends RouteCondition = Otherwise,
>(
  topic: Topic<Key, Value, never, never, Tombstones>,
  options: TransformOptions<To> & RouteOption<ReceivedMessage<Value, Tombstones>, When>,
): TransformDecorator<Key, RoutedMessage<ReceivedMessage<Value, Tombstones>, When>, To> {
  return declareMethod({ kind: 'Transform', topic, options })
}
