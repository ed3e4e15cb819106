/**
 * A fetch that found too little. It watches the logs it asked for and keeps, per partition, how many bytes there are for it; a
 * change of one log makes it look at that log only. It ends, once, when the bytes are enough, when a partition can only be answered
 * with an error, when its time is over, or when its connection has gone.
 *
 * Changes of one turn are judged together at the end of the turn: a request that writes to many partitions, or many requests that
 * came in one piece, wake it once.
 */
import type { Clock } from '../clock/clock.js'
import type { PartitionLog } from '../log/partition-log.js'
import type { FetchPlan, WantedLog } from './fetch-plan.js'
import { judgeLeaderEpoch } from './leader-epoch.js'

export interface WaitingFetchDeps {
  readonly plan: FetchPlan
  readonly clock: Pick<Clock, 'after'>
  /** Called once, unless the wait is called off before. */
  readonly onReady: () => void
}

interface Watched {
  readonly wanted: WantedLog
  bytes: number
}

/** Returns how to call it off. */
export function waitForFetch({ plan, clock, onReady }: WaitingFetchDeps): () => void {
  const watched = new Map<PartitionLog, Watched[]>()
  const changed = new Set<PartitionLog>()
  let bytes = 0
  let isOver = false

  const stop = (): void => {
    isOver = true
    cancelTimer()
    for (const log of watched.keys()) log.offChange(onChange)
  }
  const finish = (): void => {
    if (isOver) return
    stop()
    onReady()
  }
  const judge = (): void => {
    if (isOver) return
    for (const log of changed) {
      for (const each of watched.get(log) ?? []) {
        const { wanted } = each
        if (isFailing(wanted)) return finish()
        bytes -= each.bytes
        each.bytes = readable(wanted, plan.readCommitted)
        bytes += each.bytes
      }
    }
    changed.clear()
    if (bytes >= plan.minBytes) finish()
  }
  const onChange = (log: PartitionLog): void => {
    if (changed.size === 0) queueMicrotask(judge)
    changed.add(log)
  }

  for (const wanted of plan.known) {
    const each = { wanted, bytes: readable(wanted, plan.readCommitted) }
    bytes += each.bytes
    const others = watched.get(wanted.log)
    if (others === undefined) watched.set(wanted.log, [each])
    else others.push(each)
    wanted.log.onChange(onChange)
  }
  const cancelTimer = clock.after(plan.maxWaitMs, finish)
  return stop
}

const readable = ({ log, offset, maxBytes }: WantedLog, readCommitted: boolean): number =>
  Math.min(maxBytes, log.readableBytes(offset, readCommitted))

/** Deleted, or moved to another leader. What was truncated under its reader is told when its time is over, as in Kafka. */
const isFailing = ({ log, currentLeaderEpoch }: WantedLog): boolean =>
  log.isClosed || judgeLeaderEpoch(currentLeaderEpoch, log.leaderEpoch) !== 0
