import type { Clock, MemberOptions, ReceivedBatch } from '@millrace/core'
import { KafkaFault } from '../client/kafka-fault.js'
import type { Client } from '../client/open-client.js'
import { plainError } from '../client/plain-error.js'
import { keyOf } from './group-offsets.js'
import type { Leaders } from './leaders.js'
import { locate } from './locate.js'
import type { PartitionLease } from './partition-lease.js'

export interface RelocateParts {
  readonly client: Pick<Client, 'cluster'>
  readonly leaders: Leaders
  readonly options: Pick<MemberOptions, 'startFrom' | 'outOfRange'>
  readonly clock: Pick<Clock, 'now'>
  readonly signal: AbortSignal
  /** Commits where a lease begins. */
  commitStart(lease: PartitionLease, offset: bigint): Promise<void>
  onLogRestarted(lease: PartitionLease, offset: bigint): void
  onOutOfRange(lease: PartitionLease, from: bigint, to: bigint): void
  handOver(lease: PartitionLease, batch: ReceivedBatch): void
  failed(lease: PartitionLease, cause: Error, kind: 'moving' | 'broken'): void
}

const OFFSET_OUT_OF_RANGE = 1
/** How long a leader has to say that the log ends below the position: one that has just changed may not know its end yet. */
const BEHIND_GRACE_MS = 1000

/** Asks the log where a lease can go on, which has no position yet or one that the log no longer holds, and takes it there. */
export async function relocate(lease: PartitionLease, parts: RelocateParts): Promise<void> {
  const { era, position } = lease
  const isStale = (): boolean => parts.signal.aborted || !lease.isOpen || lease.era !== era
  const { startFrom } = lease
  const found = await locate(parts.client, parts.leaders, lease, { ...parts.options, startFrom }, parts.signal)
  if (isStale()) return
  if (found.kind === 'failed') return parts.failed(lease, found.error, found.isPolicy ? 'broken' : 'moving')
  const { offset, endOffset } = found
  const isBehind = position !== undefined && offset < position
  if (isBehind && !lease.isReplaced) {
    const nowMs = parts.clock.now()
    // A clock of its own: how long the partition has been failing says nothing, nor whether that was reported.
    lease.behindSinceMs ??= nowMs
    if (nowMs - lease.behindSinceMs < BEHIND_GRACE_MS) {
      return parts.failed(lease, new KafkaFault(OFFSET_OUT_OF_RANGE, `fetching ${keyOf(lease)}`), 'moving')
    }
  }
  if (!isBehind && mustCommit(lease, offset, parts.options)) {
    try {
      await parts.commitStart(lease, offset)
    } catch (error) {
      return parts.failed(lease, plainError(error), 'moving')
    }
    if (isStale()) return
    lease.restart = undefined
  }
  if (position !== undefined && position !== offset) parts.onOutOfRange(lease, position, offset)
  lease.adopt()
  if (isBehind) return parts.onLogRestarted(lease, offset)
  parts.handOver(lease, { baseOffset: offset, records: [], nextOffset: offset, endOffset })
  // The range may be right and the answer wrong for a moment (a leader that has just changed): not at full speed.
  if (position === offset) lease.health.failed(parts.clock.now(), 'moving')
}

/** A lease that begins at the end of its log, or of which the group has an offset of the log before, has that committed first. */
function mustCommit(
  { position, restart, startFrom, handedEnd }: PartitionLease,
  offset: bigint,
  { outOfRange }: Pick<MemberOptions, 'outOfRange'>,
): boolean {
  if (handedEnd !== undefined || offset === position) return false
  return restart !== undefined || (position === undefined ? startFrom : outOfRange) === 'latest'
}
