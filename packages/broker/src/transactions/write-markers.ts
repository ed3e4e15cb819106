import type { Marker } from '../log/control-batch.js'
import type { TransactionState } from './transaction-state.js'

export interface MarkerTargets {
  /** Undefined where the topic is gone: that partition needs no marker any more. */
  readonly logOf: (topic: string, partition: number) => { appendMarker(marker: Marker): bigint } | undefined
  readonly groups: { endTransaction(groupId: string, producerId: bigint, committed: boolean): void }
  readonly onMarked: (topic: string, partition: number, marker: Marker) => void
}

/** One coordinator, never elected anew. */
const coordinatorEpoch = 0

/** Into every partition that was added, also where nothing was produced; then the groups make the offsets theirs or drop them. */
export function writeMarkers(state: TransactionState, { logOf, groups, onMarked }: MarkerTargets, now: number): void {
  const { producerId, producerEpoch } = state
  const committed = state.status === 'PrepareCommit'
  const marker: Marker = { producerId, producerEpoch, committed, coordinatorEpoch, now }
  for (const [topic, partitions] of state.partitions) {
    for (const partition of partitions) {
      const log = logOf(topic, partition)
      if (log === undefined) continue
      log.appendMarker(marker)
      onMarked(topic, partition, marker)
    }
  }
  for (const groupId of state.groups) groups.endTransaction(groupId, producerId, committed)
}
