import type { ExhaustionPlan } from '../declare/exhaustion.js'
import type { ResolvedBrakeOptions } from '../declare/brake-options.js'
import type { Delivery } from '../declare/plan.js'
import type { ResolvedWorkerOptions } from '../options.js'

/** What a worker was told to do, with its defaults: names and numbers, no secrets. */
export interface WorkerDescription {
  readonly groups: readonly GroupDescription[]
  readonly options: Partial<ResolvedWorkerOptions>
}

export interface GroupDescription {
  readonly group: string
  readonly handlers: readonly HandlerDescription[]
}

export interface HandlerDescription {
  readonly name: string
  readonly topic: string
  /** Which records of the topic, where several handlers share it. */
  readonly when?: string
  readonly delivery: Delivery
  readonly order: string
  readonly concurrency: number
  readonly timeoutMs: number
  /** Runs in all; left out where nothing limits them. */
  readonly maxAttempts?: number
  readonly exhaustion: ExhaustionPlan
  readonly brake: ResolvedBrakeOptions | 'off'
  /** Where outputs go. */
  readonly sinks?: readonly string[]
}
