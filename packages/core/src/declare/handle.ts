import { fail } from '../millrace-error.js'
import { declarationOn } from './declarations.js'
import type { HandleOptions } from './handle-options.js'
import type { MessageContext } from './message-context.js'
import type { ReceivedMessage, Topic } from './topic.js'

/** A method that can handle a topic: a wrong payload or context type does not compile. */
export type HandlerMethod<Key, Message> = (message: Message, context: MessageContext<Key>) => unknown

/** One decorator for both modes: the compiler picks the signature that its mode calls. */
export interface HandleDecorator<Key, Message> {
  /** TC39 decorators. */
  <This, Method extends HandlerMethod<Key, Message>>(
    method: Method,
    context: ClassMethodDecoratorContext<This, Method>,
  ): void
  /** Legacy decorators (`experimentalDecorators`). */
  <Method extends HandlerMethod<Key, Message>>(
    prototype: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void
}

/** What a TC39 context tells that matters here. */
interface MethodContext {
  readonly kind: string
  readonly name: string | symbol
  readonly static: boolean
  readonly private: boolean
  /** Undefined where a compiler implements an older draft. */
  readonly metadata: object | undefined
}

/**
 * Makes a method the handler of a topic: `@Handle(Orders, { deadLetter: true })`. It receives the decoded value (and `null`
 * for a tombstone, where the topic declares them) and the message context; its type is checked against the topic.
 *
 * At-least-once handlers say what becomes of a record that can't be processed: `deadLetter` or `onExhausted`. Nothing is
 * dropped by default. Wrong options are reported by `createWorker` (`MILLRACE_PLAN_INVALID`), together with all others.
 * @throws MillraceError `MILLRACE_PLAN_INVALID` at once, when a compiler implements TC39 decorators without metadata
 */
export function Handle<Key, Value, Tombstones extends boolean>(
  topic: Topic<Key, Value, never, never, Tombstones>,
  options: HandleOptions = {},
): HandleDecorator<Key, ReceivedMessage<Value, Tombstones>> {
  return (target: object, where: string | symbol | MethodContext): void => {
    const method = typeof where === 'object' ? where.name : where
    const misplaced = typeof where === 'object' ? misplacedInTc39(where) : misplacedInLegacy(target)
    const owner = typeof where === 'object' ? metadataOf(where) : ownerOf(target)
    declarationOn(owner).methods.push({ method, topic, options, ...(misplaced === undefined ? {} : { misplaced }) })
  }
}

/** Legacy decorators get the prototype, or the class itself for a static method. */
const ownerOf = (target: object): object => (typeof target === 'function' ? target : target.constructor)

const misplacedInLegacy = (target: object): string | undefined =>
  typeof target === 'function' ? 'a static method' : undefined

function misplacedInTc39(context: MethodContext): string | undefined {
  if (context.kind !== 'method') return `a ${context.kind}`
  if (context.static) return 'a static method'
  return context.private ? 'a private method' : undefined
}

function metadataOf({ name, metadata }: MethodContext): object {
  if (metadata !== undefined) return metadata
  const problem = 'this compiler implements TC39 decorators without metadata, so the class of the method stays unknown'
  const fix = 'turn on experimentalDecorators, use a current compiler, or declare the handler with defineConsumer'
  throw fail('MILLRACE_PLAN_INVALID', { problems: [{ where: `@Handle on ${String(name)}`, problem, fix }] })
}
