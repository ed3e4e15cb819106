import type { RuleRig } from './rig.js'

/**
 * What a rule needs beyond the basics. `transactions`: the cluster view can write them. `compaction`: it can leave
 * compacted gaps. `eviction`: it can throw the members of a group out. `doomed-driver`: the harness has a driver whose
 * members die. `unreachable-driver`: it has one for a cluster that is not there. `static-membership`,
 * `exactly-once`: the driver says that it has that capability (`transactions`).
 */
export type Need =
  | 'transactions'
  | 'compaction'
  | 'eviction'
  | 'doomed-driver'
  | 'unreachable-driver'
  | 'static-membership'
  | 'exactly-once'

/** One thing that every driver does. It stands alone: own topics, own group, own members. */
export interface ConformanceRule {
  /** Stable: what a report and a mutant name. */
  readonly id: string
  /** What a driver does, in one sentence. */
  readonly name: string
  /** Where one of these is missing, the rule is skipped and says so. */
  readonly needs?: readonly Need[]
  /** Rejects when the driver breaks the rule. Every wait in it ends with the signal. */
  run(rig: RuleRig, signal: AbortSignal): Promise<void>
}
