import type { MemberOptions } from '@millrace/core'
import { KafkaFault } from '../client/kafka-fault.js'
import type { Client } from '../client/open-client.js'
import { keyOf } from './group-offsets.js'
import type { Leaders } from './leaders.js'
import { listOffsets } from './list-offsets.js'
import type { PartitionLease } from './partition-lease.js'

export type Located =
  | { readonly kind: 'at'; readonly offset: bigint; readonly endOffset: bigint }
  | { readonly kind: 'failed'; readonly error: Error; readonly isPolicy: boolean }

const OFFSET_OUT_OF_RANGE = 1

/** Where a lease goes on whose position is unknown (a new one) or outside the log. Never rejects. */
export async function locate(
  client: Pick<Client, 'cluster'>,
  leaders: Leaders,
  lease: PartitionLease,
  options: Pick<MemberOptions, 'startFrom' | 'outOfRange'>,
  signal: AbortSignal,
): Promise<Located> {
  const key = keyOf(lease)
  const [starts, ends] = await Promise.all([
    listOffsets(client, leaders, [lease], 'earliest', signal),
    listOffsets(client, leaders, [lease], 'latest', signal),
  ])
  const start = starts.get(key)
  const end = ends.get(key)
  if (typeof start !== 'bigint') return { kind: 'failed', error: start ?? notAnswered(key), isPolicy: false }
  if (typeof end !== 'bigint') return { kind: 'failed', error: end ?? notAnswered(key), isPolicy: false }
  return decide(lease.position ?? lease.restart, { start, end, isReplaced: lease.isReplaced }, options, key)
}

/** The rule: pure. An offset inside the log stays where it is, unless it is the offset of a log that is gone. */
export function decide(
  position: bigint | undefined,
  { start, end, isReplaced = false }: { readonly start: bigint; readonly end: bigint; readonly isReplaced?: boolean },
  { startFrom, outOfRange }: Pick<MemberOptions, 'startFrom' | 'outOfRange'>,
  key: string,
): Located {
  const at = (offset: bigint): Located => ({ kind: 'at', offset, endOffset: end })
  if (position === undefined) return at(startFrom === 'earliest' ? start : end)
  if (!isReplaced && position >= start && position <= end) return at(position)
  if (outOfRange === 'fail') {
    const why = isReplaced ? 'is of a topic that was deleted and created again' : 'is not in the log'
    const what = `offset ${position} of ${key} ${why} (${start} to ${end}), and the policy is "fail"`
    return { kind: 'failed', error: new KafkaFault(OFFSET_OUT_OF_RANGE, what), isPolicy: true }
  }
  return at(outOfRange === 'earliest' ? start : end)
}

const notAnswered = (key: string): Error => new Error(`the leader of ${key} did not answer for it`)
