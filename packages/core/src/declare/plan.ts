import type { ResolvedHandlerOptions } from '../options.js'
import type { ResolvedBrakeOptions } from './brake-options.js'
import type { ExhaustionPlan } from './exhaustion.js'
import type { Middleware } from './middleware.js'
import type { ConsumerClass } from './consumer-class.js'
import type { RetryPolicy } from './retry-policy.js'
import type { RouteCondition } from './routing/condition.js'
import type { Serde } from './serde.js'
import type { Topic } from './topic.js'

/** What a worker does, complete: validated, names resolved, frozen. Everything after the start reads only this. */
export interface Plan {
  readonly groups: readonly GroupPlan[]
}

/** One member of one consumer group: all classes of that group in this worker, merged. */
export interface GroupPlan {
  readonly group: string
  /** One per topic. Where the topic has `routes`, what is said here is for a record that none of them takes. */
  readonly handlers: readonly HandlerPlan[]
}

/** What a record is settled by: its commit, what its handler did before it, or the transaction of its outputs. */
export type Delivery = ResolvedHandlerOptions['delivery'] | 'exactly-once'

export interface HandlerPlan extends Omit<ResolvedHandlerOptions, 'delivery'> {
  /** `exactly-once` only with `transform`. */
  readonly delivery: Delivery
  /** `BillingHandlers.placed`: what logs, dead letters and errors call it. */
  readonly name: string
  readonly group: string
  readonly topic: TopicPlan
  readonly retry: RetryPolicy
  /** Whether an error of the handler is worth another attempt. */
  readonly isRetriable: (error: unknown) => boolean
  readonly exhaustion: ExhaustionPlan
  /** When dead letters are held back; undefined where they never are, or there are none. */
  readonly brake: ResolvedBrakeOptions | undefined
  /** Outermost first: worker, consumer, handler. */
  readonly middleware: readonly Middleware[]
  readonly target: HandlerTarget
  /** Set where the handler has outputs: they are stored before, or together with, the commit of their record. */
  readonly transform: TransformPlan | undefined
  /** Set where several handlers share the topic, or one takes only some of its records: in the order in which they are asked. */
  readonly routes?: readonly RoutePlan[]
}

/** One of several handlers of a topic: everything but `delivery` and `order`, which they have in common, is its own. */
export interface RoutePlan extends HandlerPlan {
  readonly when: RouteCondition
  readonly priority: number
}

export interface TransformPlan {
  /** Where outputs may go. What the handler returns goes to the first, and only where it is the only one. */
  readonly sinks: readonly SinkPlan[]
  /** An output without a key gets the bytes of its record's. */
  readonly inheritKey: boolean
  /** An output without a timestamp gets that of its record. */
  readonly inheritTimestamp: boolean
  /** Of one record. */
  readonly maxOutputs: number
}

export interface SinkPlan {
  /** With its prefix. */
  readonly name: string
  /** As it was declared: what `ctx.produce` is called with. */
  readonly topic: Topic<unknown, unknown, never, never>
}

export interface TopicPlan {
  readonly name: string
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly tombstones: boolean
}

/** Where the code is: a function as it stands, or a method of a class whose instance the worker's container provides. */
export type HandlerTarget =
  | { readonly kind: 'function'; readonly handle: (message: never, context: never) => unknown }
  | { readonly kind: 'method'; readonly consumer: ConsumerClass; readonly method: string | symbol }
