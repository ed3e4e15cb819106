import type { EnvName } from './env-name.js'
import type { Serde } from './serde.js'

/** A topic as a typed value: name, and how keys and values are read and written. Handlers and producers get their types from it. */
export interface Topic<
  Key = unknown,
  Value = unknown,
  KeyIn = Key,
  ValueIn = Value,
  Tombstones extends boolean = boolean,
> {
  readonly name: string | EnvName
  readonly key: Serde<Key, KeyIn>
  readonly value: Serde<Value, ValueIn>
  /** Whether records without a value are part of the contract. Then handlers receive `null` for them. */
  readonly tombstones: Tombstones
}

/** Any topic, whatever its types. */
export type AnyTopic = Topic<unknown, unknown, never, never>

/** What a handler of a topic with such values receives: with declared tombstones also `null`. */
export type ReceivedMessage<Value, Tombstones extends boolean> = Value | (true extends Tombstones ? null : never)

export interface TopicFormat<Key, Value, KeyIn, ValueIn, Tombstones extends boolean> {
  /** How keys are read and written. A record without a key reaches the handler with `ctx.key` null. */
  readonly key: Serde<Key, KeyIn>
  readonly value: Serde<Value, ValueIn>
  /**
   * Whether records without a value belong to the contract. Default: false. Then a tombstone fails to decode
   * (`MILLRACE_DECODE_TOMBSTONE`) and goes to the exhaustion policy; with true the handler receives `null`.
   */
  readonly tombstones?: Tombstones
}

/**
 * Defines a topic: `topic('orders.v1', { key: utf8, value: json(OrderPlaced) })`. The name may come from the environment
 * (`fromEnv`), and the worker puts its `topicPrefix` in front of it. It is checked when the plan is built.
 */
export const topic = <Key, Value, KeyIn, ValueIn, const Tombstones extends boolean = false>(
  name: string | EnvName,
  format: TopicFormat<Key, Value, KeyIn, ValueIn, Tombstones>,
): Topic<Key, Value, KeyIn, ValueIn, Tombstones> => {
  const { key, value, tombstones = false } = format
  // Left out, `Tombstones` is inferred as its default, `false`.
  return Object.freeze({ name, key, value, tombstones: tombstones as Tombstones })
}
