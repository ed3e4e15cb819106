import type { ConsumerClass } from '../declare/consumer-class.js'
import type { ConsumerDefinition } from '../declare/define-consumer.js'
import type { HandlerInstances } from '../declare/handler-instances.js'
import type { Middleware } from '../declare/middleware.js'
import type { LifecycleHook } from './lifecycle.js'
import type { Clock } from '../observe/clock.js'
import type { WorkerControl } from '../observe/control.js'
import type { WorkerDescription } from '../observe/description.js'
import type { RecordInstrument } from '../observe/instrument.js'
import type { Logger } from '../observe/logger.js'
import type { ObservedWorker } from '../observe/observed-worker.js'
import type { WorkerState } from '../observe/snapshot.js'
import type { WorkerOptionsInput } from '../options-input.js'
import type { Driver } from '../receive/driver.js'

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
  /** Watches the attempts of records: durations, traces. Asked for once, at the start. */
  readonly instrument?: () => RecordInstrument | undefined
  readonly clock?: Clock
  /** The source of jitter, in [0, 1). Seed it to make waits repeatable. */
  readonly random?: () => number
  /** Where `fromEnv` names are read. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface StopReport {
  /** Records that were handed back: not settled, to be read again by the next owner. */
  readonly abandoned: number
  /** Whether all running handlers finished before `shutdownTimeout`. */
  readonly inTime: boolean
}

export interface Worker extends ObservedWorker {
  readonly state: WorkerState
  /** What an operator may do to it while it runs. */
  readonly control: WorkerControl
  /** Its plan and options: empty before it starts. */
  describe(): WorkerDescription
  /**
   * Validates the plan, checks the topics, runs the onStart hooks and joins the groups; resolves when every member has
   * joined. Owns no signal and never exits. Calling it again while it starts or runs gives the same promise.
   * @throws MillraceError `MILLRACE_PLAN_INVALID`, `MILLRACE_OPTIONS_INVALID`, `MILLRACE_TOPICS_INVALID`, the codes of the
   * driver and of the hooks; everything that was opened is closed again.
   */
  start(): Promise<void>
  /** Drains, commits, leaves, flushes, closes. Clean from any state, and the same promise however often it is called. */
  stop(): Promise<StopReport>
}
