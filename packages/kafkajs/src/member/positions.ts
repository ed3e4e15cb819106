import type { Logger, MemberOptions } from '@millrace/core'
import type { Client } from '../client/open-client.js'
import { commitStarts } from './commit-starts.js'
import type { Coordinator } from './coordinator.js'
import { fetchCommittedOffsets, keyOf, type Membership, type TopicPartition } from './group-offsets.js'
import type { Leaders } from './leaders.js'
import { listOffsets } from './list-offsets.js'

export interface PositionParts {
  readonly client: Client
  readonly coordinator: Coordinator
  readonly leaders: Leaders
  readonly membership: Membership
  readonly startFrom: MemberOptions['startFrom']
  /** A partition that was made while the group was at work is read from its beginning, wherever new groups start. */
  readonly isNew: (wanted: TopicPartition) => boolean
  /** Where the log began again under a committed offset, by `keyOf`: it counts more than what is committed. */
  readonly restarts: ReadonlyMap<string, bigint>
  readonly log: Logger
  readonly signal: AbortSignal
}

export interface StartPosition extends TopicPartition {
  readonly startOffset: bigint
  readonly position: bigint | undefined
  /** Where it begins while its position is unknown. */
  readonly startFrom: MemberOptions['startFrom']
  /** Where its log began again, which the group could not be told. */
  readonly restart: bigint | undefined
}

const LIMIT_MS = 30_000

/**
 * Where each partition of a new assignment begins: at the group's committed offset, else at the end of the log that
 * `startFrom` names. A start at `latest`, or where the log began again, is committed before anything is handed over: a crash
 * before the first commit would begin at a later end, and skip what was handed over and not settled. Where that fails the position stays unknown, and the
 * fetch loop asks and commits again, for this partition alone.
 */
export async function readPositions(
  partitions: readonly TopicPartition[],
  parts: PositionParts,
): Promise<readonly StartPosition[]> {
  if (partitions.length === 0) return []
  const { client, coordinator, leaders, membership, startFrom, isNew, restarts, log, signal } = parts
  const limits = { limitMs: LIMIT_MS, signal, log }
  const committed = await fetchCommittedOffsets(coordinator, membership.group, partitions, limits)
  const known = (wanted: TopicPartition): bigint | undefined =>
    restarts.get(keyOf(wanted)) ?? committed.get(keyOf(wanted))

  const fresh = partitions.filter((wanted) => known(wanted) === undefined)
  const beginOf = (wanted: TopicPartition): MemberOptions['startFrom'] => (isNew(wanted) ? 'earliest' : startFrom)
  const beginsAt = (end: MemberOptions['startFrom']) => {
    const those = fresh.filter((wanted) => beginOf(wanted) === end)
    return listOffsets(client, leaders, those, end, signal)
  }
  const [first, last] = await Promise.all([beginsAt('earliest'), beginsAt('latest')])
  const starts = partitions.map((wanted): StartPosition => {
    const key = keyOf(wanted)
    const position = known(wanted) ?? first.get(key) ?? last.get(key)
    const start = { ...wanted, startFrom: beginOf(wanted), restart: restarts.get(key) }
    // A log that can't be asked now is asked by the fetch loop, for this partition alone.
    if (typeof position !== 'bigint') return { ...start, startOffset: 0n, position: undefined }
    return { ...start, startOffset: position, position }
  })
  const freshKeys = new Set(fresh.map(keyOf))
  const uncommitted = await commitStarts(
    starts.flatMap(({ topic, partition, position, restart }) => {
      const isAtEnd = startFrom === 'latest' && freshKeys.has(keyOf({ topic, partition }))
      return position === undefined || !(isAtEnd || restart !== undefined)
        ? []
        : [{ topic, partition, offset: position }]
    }),
    parts,
  )
  const [err] = uncommitted.values()
  if (err !== undefined) log.warn({ err }, 'where some partitions begin was not committed; it is tried again')
  return starts.map((start) =>
    uncommitted.has(keyOf(start))
      ? { ...start, startOffset: 0n, position: undefined }
      : { ...start, restart: undefined },
  )
}
