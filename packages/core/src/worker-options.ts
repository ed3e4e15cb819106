import type { ConsumerClass } from './declare/consumer-class.js'
import type { ConsumerDefinition } from './declare/define-consumer.js'
import type { HandlerInstances } from './declare/handler-instances.js'
import type { Middleware } from './declare/middleware.js'
import type { LifecycleHook } from './lifecycle.js'
import type { Clock } from './observe/clock.js'
import type { Logger } from './observe/logger.js'
import type { WorkerOptionsInput } from './options.js'
import type { Driver } from './receive/driver.js'

/** What a worker is made of. The plain options among them stand in `workerOptions`, with defaults and limits. */
export interface WorkerOptions extends WorkerOptionsInput {
  /** Classes annotated with `@Consumer`, and definitions made by `defineConsumer`. */
  readonly consumers: readonly (ConsumerClass | ConsumerDefinition)[]
  /** The worker owns it from now on and closes it when it stops. */
  readonly driver: Driver
  /** Where instances of the classes come from. Left out: they are constructed without arguments. */
  readonly instances?: HandlerInstances
  /** Around every handler, outermost first. */
  readonly middleware?: readonly Middleware[]
  /** Started before any group is joined, stopped after the drain. */
  readonly hooks?: readonly LifecycleHook[]
  readonly logger?: Logger
  readonly clock?: Clock
  /** The source of jitter, in [0, 1). Seed it to make waits repeatable. */
  readonly random?: () => number
  /** Where `fromEnv` names are read. */
  readonly env?: Readonly<Record<string, string | undefined>>
}
