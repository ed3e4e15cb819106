import { type Clock, systemClock } from '@millrace/core'
import type { Leaders } from './leaders.js'

export interface TopicWatch {
  joined(isLeader: boolean): void
  /**
   * Calls when a topic has more partitions than were handed out. Asks the cluster every 30 s, and only as the group's
   * leader. Returns at once: a heartbeat must not wait for metadata, which may take longer than a session.
   */
  look(onGrown: () => void): void
}

const INTERVAL_MS = 30_000

/** New partitions, and topics that were made after the join, belong to nobody until the group's leader joins again. */
export function createTopicWatch(
  leaders: Pick<Leaders, 'partitionCount' | 'refresh'>,
  topics: readonly string[],
  clock: Pick<Clock, 'now'> = systemClock,
): TopicWatch {
  let counts = new Map<string, number>()
  let nextMs = Number.POSITIVE_INFINITY
  let generations = 0
  return {
    joined(isLeader) {
      generations += 1
      counts = new Map(topics.map((topic) => [topic, leaders.partitionCount(topic)]))
      nextMs = isLeader ? clock.now() + INTERVAL_MS : Number.POSITIVE_INFINITY
    },
    look(onGrown) {
      if (clock.now() < nextMs) return
      nextMs = clock.now() + INTERVAL_MS
      const asked = generations
      leaders.refresh().then(
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
