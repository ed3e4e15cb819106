import type { AllCondition, AnyCondition, RouteCondition } from './condition.js'
import type { FieldCondition } from './field-condition.js'

/** What of a topic's messages reaches a handler with such a condition. Headers say nothing about the type of a message. */
export type RoutedMessage<Message, When> =
  When extends FieldCondition<infer Name, infer Value>
    ? WithField<Message, Name, Value>
    : When extends AllCondition<infer Of>
      ? InTurn<Message, Of>
      : When extends AnyCondition<infer Of>
        ? number extends Of['length']
          ? Message
          : RoutedMessage<Message, Of[number]>
        : Message

/** Members of a union that can have the field with such a value. What is not known stays unknown. */
type WithField<Message, Name extends string, Value> = unknown extends Message
  ? Message
  : Message extends object
    ? Name extends keyof Message
      ? [Extract<Message[Name], Value> | Extract<Value, Message[Name]>] extends [never]
        ? never
        : Message
      : never
    : never

type InTurn<Message, Of extends readonly unknown[]> = Of extends readonly [infer First, ...infer Rest]
  ? InTurn<RoutedMessage<Message, First>, Rest>
  : Message

/** The option `when` of a handler of such messages: a condition that none of them can meet does not compile. */
export interface RouteOption<Message, When extends RouteCondition> {
  /** Which records of the topic the handler takes. */
  readonly when?: When & ([RoutedMessage<Message, When>] extends [never] ? NoSuchMessage : unknown)
}

interface NoSuchMessage {
  readonly 'no message of this topic can have such a field': never
}
