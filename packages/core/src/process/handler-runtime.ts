import type { HandlerPlan } from '../declare/plan.js'
import type { Clock } from '../observe/clock.js'
import type { Logger } from '../observe/logger.js'
import type { Deadlines } from './deadlines.js'
import type { Stragglers } from './stragglers.js'

/** How long a run that ignores its aborted signal is waited for before its slot is freed, ms. */
export const graceMs = 5_000

/** What all runs of one handler share. */
export interface HandlerRuntime {
  readonly plan: HandlerPlan
  readonly clock: Clock
  readonly log: Logger
  /** Whether this topic is written by millrace itself, so that `source-*` headers on it can be believed. */
  readonly isOurTopic: boolean
  /** Time limits of running attempts. */
  readonly limits: Deadlines
  /** The grace of attempts whose time is up. */
  readonly graces: Deadlines
  /** Runs that outlive their lease. */
  readonly stragglers: Stragglers
  readonly tally: HandlerTally
  /** Told when a run answered after its outcome was decided. */
  readonly onLate: (run: LateRun) => void
}

export interface LateRun {
  readonly topic: string
  readonly partition: number
  readonly generation: number
  readonly offset: bigint
  readonly attempt: number
  readonly lateMs: number
}

/** Counters of a handler that no ledger holds. */
export interface HandlerTally {
  attempts: number
  retriesInPlace: number
  lateResults: number
  deadLetterFailures: number
}
