import type { Cluster } from '../internals.js'

/**
 * One way in which kafkajs is kept from hurting. `install` works on the process and is idempotent; `protect` works on one
 * client of ours. Both refuse any kafkajs but the one they were proven with.
 */
export interface Guard {
  readonly name: string
  install?(): void
  protect?(cluster: Cluster): void
}

/** A guard that every client of the driver has. */
export interface ShippedGuard extends Guard {
  /** What kafkajs does without it and what it does with it: a sentence or two for `docs/engine.md`. */
  readonly why: string
  /** Why no test leaves it out; every other guard has a test that is red without it. */
  readonly neverLeftOut?: string
}
