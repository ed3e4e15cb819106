import type { ConsumerClass } from './consumer-class.js'
import type { ProducerSource } from './producer-source.js'

/** Where handler instances come from: the container port. `@millrace/inversify` implements it; without one, classes are constructed without arguments. */
export interface HandlerInstances {
  /**
   * Called once at start, before anything connects, with every class of the plan. `producers` is there until `close` has ended.
   * @throws MillraceError `MILLRACE_INJECT_METADATA_MISSING` or `MILLRACE_INJECT_FAILED`
   */
  prepare(consumers: readonly ConsumerClass[], producers?: ProducerSource): Promise<void>
  bind(consumer: ConsumerClass): InstanceBinding
  /** Called once, after the drain. */
  close(): Promise<void>
}

export type InstanceBinding =
  | { readonly kind: 'singleton'; readonly instance: object }
  /** Opened per record and closed on every outcome. */
  | { readonly kind: 'per-message'; readonly open: () => MessageScope | Promise<MessageScope> }

export interface MessageScope {
  readonly instance: object
  close(): void | Promise<void>
}
