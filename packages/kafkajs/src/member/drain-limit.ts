import type { MemberOptions } from '@millrace/core'

/** Between the end of a drain and the moment at which the group gives a member up: for the join itself to arrive. */
const JOIN_MARGIN_MS = 2000

/**
 * How long a drain may take, whatever the caller asked for. The group counts from the moment that the rebalance began, which
 * this member hears up to a heartbeat later; a member that drains longer is thrown out, and its last commit refused. Pure.
 */
export function drainLimitMs({
  revokeDrainMs,
  rebalanceTimeoutMs,
  heartbeatIntervalMs,
}: Pick<MemberOptions, 'revokeDrainMs' | 'rebalanceTimeoutMs' | 'heartbeatIntervalMs'>): number {
  const marginMs = Math.min(heartbeatIntervalMs + JOIN_MARGIN_MS, rebalanceTimeoutMs / 2)
  return Math.min(revokeDrainMs, rebalanceTimeoutMs - marginMs)
}
