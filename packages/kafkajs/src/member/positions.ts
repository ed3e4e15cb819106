import type { Logger, MemberOptions } from '@millrace/core'
import type { Client } from '../client/open-client.js'
import { plainError } from '../client/plain-error.js'
import type { Coordinator } from './coordinator.js'
import { commitOffsets, fetchCommittedOffsets, keyOf, type Membership, type TopicPartition } from './group-offsets.js'
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
}

const LIMIT_MS = 30_000
const COMMIT_LIMIT_MS = 5000

/**
 * Where each partition of a new assignment begins: at the group's committed offset, else at the end of the log that
 * `startFrom` names. A start at `latest` is committed before anything is handed over: a crash before the first commit would
 * begin at a later end, and skip what was handed over and not settled. Where that fails the position stays unknown, and the
 * fetch loop asks and commits again, for this partition alone.
 */
export async function readPositions(
  partitions: readonly TopicPartition[],
  parts: PositionParts,
): Promise<readonly StartPosition[]> {
  if (partitions.length === 0) return []
  const { client, coordinator, leaders, membership, startFrom, isNew, restarts, signal } = parts
  const limits = { limitMs: LIMIT_MS, signal }
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
    const start = { ...wanted, startFrom: beginOf(wanted) }
    // A log that can't be asked now is asked by the fetch loop, for this partition alone.
    if (typeof position !== 'bigint') return { ...start, startOffset: 0n, position: undefined }
    return { ...start, startOffset: position, position }
  })
  if (startFrom !== 'latest') return starts
  const uncommitted = await commitStarts(starts, fresh, parts)
  return starts.map((start) =>
    uncommitted.has(keyOf(start)) ? { ...start, startOffset: 0n, position: undefined } : start,
  )
}

/** Those that are not committed, by `keyOf`. */
async function commitStarts(
  starts: readonly StartPosition[],
  fresh: readonly TopicPartition[],
  { coordinator, membership, log, signal }: PositionParts,
): Promise<ReadonlySet<string>> {
  const freshKeys = new Set(fresh.map(keyOf))
  const commits = starts
    .filter((start) => start.position !== undefined && freshKeys.has(keyOf(start)))
    .map(({ topic, partition, startOffset }) => ({ topic, partition, offset: startOffset }))
  if (commits.length === 0) return new Set()
  try {
    const refused = await commitOffsets(coordinator, membership, commits, { limitMs: COMMIT_LIMIT_MS, signal })
    return new Set(refused.map(keyOf))
  } catch (error) {
    log.warn({ err: plainError(error) }, 'the start at the end of the log was not committed; it is tried again')
    return new Set(commits.map(keyOf))
  }
}
