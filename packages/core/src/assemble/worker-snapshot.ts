import type { GroupAtWork } from './group-at-work.js'
import type { PauseReason } from '../observe/events.js'
import type { GroupSnapshot, WorkerSnapshot, WorkerState } from '../observe/snapshot.js'

/** The worker as it is now, from counters that are kept anyway. */
export function takeSnapshot(state: WorkerState, atWork: readonly GroupAtWork[], hasStarted = false): WorkerSnapshot {
  const groups = atWork.map((group) => group.snapshot())
  const notReadyBecause = state === 'running' ? groups.flatMap(reasonsOf) : [`the worker is ${state}`]
  return {
    state,
    hasStarted,
    isReady: notReadyBecause.length === 0,
    notReadyBecause,
    groups,
    handlers: atWork.flatMap(({ handlers }) => handlers.flatMap((handler) => handler.totals())),
  }
}

/** Pauses that end by themselves, or that somebody wants: no trouble. */
const harmless: readonly PauseReason[] = ['back-pressure', 'straggling', 'operator']

function reasonsOf({ group, isJoined, partitions }: GroupSnapshot): readonly string[] {
  const stuck = partitions.flatMap(({ topic, partition, pausedBecause }) =>
    pausedBecause
      .filter((reason) => !harmless.includes(reason))
      .map((reason) => `${topic}[${partition}] of group "${group}" is paused: ${reason}`),
  )
  return [...(isJoined ? [] : [`group "${group}" has not joined`]), ...blindness(group, partitions), ...stuck]
}

/** One partition that can't be read is its own business; a group that can read none of them does no work. */
function blindness(group: string, partitions: GroupSnapshot['partitions']): readonly string[] {
  const reasons = partitions.flatMap(({ unreadableBecause }) => unreadableBecause ?? [])
  if (reasons.length === 0 || reasons.length < partitions.length) return []
  return [`group "${group}" can read none of its partitions: ${reasons[0]}`]
}
