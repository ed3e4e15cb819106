import { type Clock, systemClock } from '@millrace/core'
import type { TopicPartition } from './group-offsets.js'
import type { Leaders } from './leaders.js'

export interface TopicWatch {
  joined(isLeader: boolean): void
  /** Whether the partition was made after this member joined for the first time: all its records are news to the group. */
  isNew(wanted: TopicPartition): boolean
  /**
   * Calls when a topic has more partitions than were handed out. Asks the cluster once per interval, and only as the
   * group's leader. Returns at once: a heartbeat must not wait for metadata, which may take longer than a session.
   */
  look(onGrown: () => void, signal: AbortSignal): void
}

/** New partitions, and topics that were made after the join, belong to nobody until the group's leader joins again. */
export function createTopicWatch(
  leaders: Pick<Leaders, 'partitionCount' | 'refresh'>,
  topics: readonly string[],
  intervalMs: number,
  clock: Pick<Clock, 'now'> = systemClock,
): TopicWatch {
  let counts: ReadonlyMap<string, number> = new Map()
  let firstCounts: ReadonlyMap<string, number> | undefined
  let nextMs = Number.POSITIVE_INFINITY
  let generations = 0
  return {
    joined(isLeader) {
      generations += 1
      counts = new Map(topics.map((topic) => [topic, leaders.partitionCount(topic)]))
      firstCounts ??= counts
      nextMs = isLeader ? clock.now() + intervalMs : Number.POSITIVE_INFINITY
    },
    isNew: ({ topic, partition }) => partition >= (firstCounts?.get(topic) ?? Number.POSITIVE_INFINITY),
    look(onGrown, signal) {
      if (clock.now() < nextMs) return
      nextMs = clock.now() + intervalMs
      const asked = generations
      leaders.refresh(signal).then(
        () => {
          const hasGrown = topics.some((topic) => leaders.partitionCount(topic) > (counts.get(topic) ?? 0))
          if (hasGrown && asked === generations) onGrown()
        },
        // No broker answers: the next look asks again.
        () => undefined,
      )
    },
  }
}
