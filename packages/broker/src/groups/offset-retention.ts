import type { CancelTimer, Clock } from '../clock/clock.js'
import type { GroupConfig } from './group-config.js'
import type { StoredOffset } from './group-offsets.js'
import type { GroupRuntime, HostedGroup } from './group-runtime.js'
import type { GroupState } from './group-state.js'
import { consumerProtocolType, isSubscribedTo } from './subscribed-topics.js'

interface RetentionParts {
  readonly runtime: GroupRuntime
  readonly clock: Clock
  readonly config: GroupConfig
}

/** Looks through all groups every now and then, so that neither offsets nor empty groups pile up. Returns how to stop it. */
export function startOffsetRetention(parts: RetentionParts): CancelTimer {
  const { runtime, clock, config } = parts
  let cancel = clock.after(config.offsetsRetentionCheckMs, look)
  function look(): void {
    for (const group of runtime.all()) enforceRetention(parts, group)
    cancel = clock.after(config.offsetsRetentionCheckMs, look)
  }
  return () => cancel()
}

/** Deletes the offsets whose time is over, and then the group if nothing is left of it. */
function enforceRetention({ runtime, clock, config }: RetentionParts, group: HostedGroup): void {
  const { state, offsets } = group
  for (const { topic, partition, value } of offsets.committed()) {
    const isOver = expiresAt(state, topic, value, config.offsetsRetentionMs) <= clock.now()
    if (isOver && !offsets.isPending(topic, partition)) offsets.remove(topic, partition)
  }
  if (state.phase === 'Empty' && offsets.isEmpty) runtime.delete(group)
}

/**
 * Retention counts from the moment the group became empty (KIP-211). While it has members only offsets of topics that none of them
 * reads grow old, from their commit on; so do all offsets of a group that nobody ever joined.
 */
function expiresAt(group: GroupState, topic: string, offset: StoredOffset, retentionMs: number): number {
  const { protocolType, phase, subscribedTopics, since } = group
  const isSimple = protocolType === null
  const isReadable = protocolType === consumerProtocolType && phase === 'Stable' && subscribedTopics !== null
  if (!isSimple && phase !== 'Empty' && (!isReadable || isSubscribedTo(group, topic))) return Infinity
  if (offset.expiresAt !== null) return offset.expiresAt
  return (!isSimple && phase === 'Empty' ? since : offset.committedAt) + retentionMs
}
