import type { ResolvedHandlerOptions } from '../options.js'
import type { ExhaustionPlan } from './exhaustion.js'
import type { Middleware } from './middleware.js'
import type { ConsumerClass } from './consumer-class.js'
import type { RetryPolicy } from './retry-policy.js'
import type { Serde } from './serde.js'

/** What a worker does, complete: validated, names resolved, frozen. Everything after the start reads only this. */
export interface Plan {
  readonly groups: readonly GroupPlan[]
}

/** One member of one consumer group: all classes of that group in this worker, merged. */
export interface GroupPlan {
  readonly group: string
  /** One handler per topic. */
  readonly handlers: readonly HandlerPlan[]
}

export interface HandlerPlan extends ResolvedHandlerOptions {
  /** `BillingHandlers.placed`: what logs, dead letters and errors call it. */
  readonly name: string
  readonly group: string
  readonly topic: TopicPlan
  readonly retry: RetryPolicy
  /** Whether an error of the handler is worth another attempt. */
  readonly isRetriable: (error: unknown) => boolean
  readonly exhaustion: ExhaustionPlan
  /** Outermost first: worker, consumer, handler. */
  readonly middleware: readonly Middleware[]
  readonly target: HandlerTarget
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
