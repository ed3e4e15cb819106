import type { ProducerMessage } from '../produce/producer.js'
import type { MessageContext } from './message-context.js'
import type { AnyTopic, Topic } from './topic.js'

/** What `to` takes: one topic, or a list that is not empty. */
export type Sinks = AnyTopic | readonly [AnyTopic, ...AnyTopic[]]

/** The topics that outputs may go to. */
export type SinkOf<To> = To extends readonly (infer Sink)[] ? Sink : To

/**
 * What a transform makes for a sink: `Output<typeof Invoices>`. Bytes are not copied: what was passed must not be written
 * into later, because outputs wait for their transaction.
 */
export type Output<Sink> =
  Sink extends Topic<infer _Key, infer _Value, infer KeyIn, infer ValueIn>
    ? OutputMessage<KeyIn, Sink extends { readonly tombstones: true } ? ValueIn | null : ValueIn>
    : never

/** As a producer takes it, but key and timestamp may be left to the source. */
export interface OutputMessage<Key, Value> extends Omit<ProducerMessage<Key, Value>, 'key' | 'timestamp'> {
  /** Left out: the bytes of the source record's key (`inheritKey`). `null`: none. */
  readonly key?: Key | null
  /** Epoch milliseconds. Left out: that of the source record (`inheritTimestamp`). */
  readonly timestamp?: number
}

/** What a transform knows about its record, and where it puts outputs: `TransformContext<string, typeof Invoices>`. */
export interface TransformContext<Key = unknown, To extends Sinks = never> extends MessageContext<Key> {
  /**
   * Adds an output for one of the declared sinks. It is encoded at once, stored with the transaction of the record, and
   * dropped when the attempt fails. Calls keep their order, and come before what the handler returns.
   *
   * What it throws fails the attempt, caught or not: `MILLRACE_TRANSFORM_SINK_UNDECLARED`, `MILLRACE_TRANSFORM_OUTPUT_INVALID`,
   * `MILLRACE_TRANSFORM_TOO_MANY_OUTPUTS` and `MILLRACE_ENCODE_FAILED`, none of which is retried; or what the serde threw.
   * `MILLRACE_TRANSFORM_OVER` once the handler has returned or its time is up: that output is dropped.
   */
  readonly produce: (...output: ProduceArguments<SinkOf<To>>) => void
}

/** One pair per sink, and not a type parameter: that would let a handler name sinks in its context that are not declared. */
type ProduceArguments<Sink> = Sink extends AnyTopic ? [topic: Sink, message: Output<Sink>] : never

/** Where it is one of several topics, which is not known here, an output has to fit each of them. */
type OutputOfEach<To> = (To extends AnyTopic ? (output: Output<To>) => void : never) extends (
  output: infer Each,
) => void
  ? Each
  : never

type Returned<To> =
  | ([To] extends [AnyTopic] ? OutputOfEach<To> | readonly OutputOfEach<To>[] | AsyncIterable<OutputOfEach<To>> : never)
  | null
  | undefined
  | void

/** What a transform may return: with one sink its outputs, with a list of sinks nothing. */
export type TransformResult<To> = Returned<To> | Promise<Returned<To>>

/** A method that can transform a topic: a wrong payload, context or output does not compile. */
export type TransformMethod<Key, Message, To extends Sinks> = (
  message: Message,
  context: TransformContext<Key, To>,
) => TransformResult<To>
