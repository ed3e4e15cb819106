import type { EnvName } from './env-name.js'
import type { Serde } from './serde.js'

/** A topic as a typed value: name, and how keys and values are read and written. Handlers and producers get their types from it. */
export interface Topic<Key = unknown, Value = unknown, KeyIn = Key, ValueIn = Value> {
  readonly name: string | EnvName
  readonly key: Serde<Key, KeyIn>
  readonly value: Serde<Value, ValueIn>
  /** Whether records without a value are part of the contract. Then handlers receive `null` for them. */
  readonly tombstones: boolean
}
