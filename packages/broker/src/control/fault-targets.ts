import type { FaultTargets } from '../faults/fault-targets.js'
import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { Restarts } from './restarts.js'

/** A log whose head can be cut off. */
interface CuttableLog {
  readonly startOffset: bigint
  readonly endOffset: bigint
  truncateHead(to: bigint): void
}

export interface CuttableTopic {
  readonly partitions: readonly { readonly index: number; readonly log: CuttableLog }[]
}

export interface TargetParts {
  readonly topics: { find(name: string): CuttableTopic | undefined }
  readonly groups: Pick<GroupCoordinator, 'forceRebalance' | 'expireMember'>
  readonly transactions: Pick<TransactionCoordinator, 'fence' | 'holdMarkers'>
  readonly restarts: Pick<Restarts, 'restart'>
}

/** Where faults and tests take hold of a broker's insides. */
export function createFaultTargets({ topics, groups, transactions, restarts }: TargetParts): FaultTargets {
  return {
    truncateHead(name, partition, to) {
      const partitions = topics.find(name)?.partitions ?? []
      const logs = partitions
        .filter(({ index }) => partition === undefined || index === partition)
        .map(({ log }) => log)
      for (const log of logs) log.truncateHead(within(log, to))
      return logs.length > 0
    },
    forceRebalance: (groupId) => groups.forceRebalance(groupId),
    expireMember: (groupId, memberId) => groups.expireMember(groupId, memberId),
    fenceProducer: (transactionalId) => transactions.fence(transactionalId),
    holdMarkers: (transactionalId) => transactions.holdMarkers(transactionalId),
    restart(downMs) {
      restarts.restart(downMs).catch((error: unknown) => {
        // Nobody waits for a restart that a fault began: a port that was lost meanwhile is told as an uncaught error.
        queueMicrotask(() => {
          throw error
        })
      })
    },
  }
}

/** A log begins neither before its beginning nor behind its end. */
function within({ startOffset, endOffset }: CuttableLog, to: bigint | undefined): bigint {
  if (to === undefined || to > endOffset) return endOffset
  return to < startOffset ? startOffset : to
}
