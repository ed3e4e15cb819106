import type { Driver } from '@millrace/core'
import type { ClusterView } from './cluster-view.js'

export interface HarnessLimits {
  /** How long a rule waits for something that must come. Generous: a driver that conforms never waits it out. */
  readonly patienceMs: number
  /** How long a rule looks on where something must not come, and no other record can tell that it would have. */
  readonly quietMs: number
  /** Between two looks. */
  readonly pollMs: number
  /** A session timeout that the cluster takes; rules wait for several of them. */
  readonly sessionTimeoutMs: number
  /** A drain, or a delivery, that is short for this cluster. */
  readonly drainMs: number
}

/** What the rules run against. One harness serves all of them, several at a time. */
export interface ConformanceHarness {
  readonly cluster: ClusterView
  readonly limits: HarnessLimits
  /** A driver of its own, as another process would have it. The rule that asked for it closes it. */
  createDriver(): Driver | Promise<Driver>
  /** A driver whose members die: while they join, as on a cluster that is not there, or soon afterwards. */
  createDoomedDriver?(): Driver | Promise<Driver>
  /** A driver for a cluster that does not answer. */
  createUnreachableDriver?(): Driver | Promise<Driver>
  /** A topic or group that nobody else uses. */
  uniqueName(prefix: string): string
  close(): Promise<void>
}
