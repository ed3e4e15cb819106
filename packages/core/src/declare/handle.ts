import type { HandleOptions } from './handle-options.js'
import type { MessageContext } from './message-context.js'
import { declareMethod, type MethodDecorator } from './method-decorator.js'
import type { Otherwise, RouteCondition } from './routing/condition.js'
import type { RoutedMessage, RouteOption } from './routing/routed-message.js'
import type { ReceivedMessage, Topic } from './topic.js'

/** A method that can handle a topic: a wrong payload or context type does not compile. */
export type HandlerMethod<Key, Message> = (message: Message, context: MessageContext<Key>) => unknown

/** What `@Handle` of a topic with such keys and messages takes, in both decorator modes. */
export type HandleDecorator<Key, Message> = MethodDecorator<Message, MessageContext<Key>, unknown>

/**
 * Makes a method the handler of a topic: `@Handle(Orders, { deadLetter: true })`. It receives the decoded value (and `null`
 * for a tombstone, where the topic declares them) and the message context; its type is checked against the topic.
 *
 * At-least-once handlers say what becomes of a record that can't be processed: `deadLetter` or `onExhausted`. Nothing is
 * dropped by default. Several handlers of a group share a topic where each says with `when` which records it takes. Wrong options are reported by `createWorker` (`MILLRACE_PLAN_INVALID`), together with all others.
 * @throws MillraceError `MILLRACE_PLAN_INVALID` at once, when a compiler implements TC39 decorators without metadata
 */
export function Handle<Key, Value, Tombstones extends boolean, const When extends RouteCondition = Otherwise>(
  topic: Topic<Key, Value, never, never, Tombstones>,
  options: HandleOptions & RouteOption<ReceivedMessage<Value, Tombstones>, When> = {},
): HandleDecorator<Key, RoutedMessage<ReceivedMessage<Value, Tombstones>, When>> {
  return declareMethod({ kind: 'Handle', topic, options })
}
