import { systemClock } from '@millrace/core'
import type { Leaders } from './leaders.js'

export interface TopicWatch {
  joined(isLeader: boolean): void
  /** Whether a topic has more partitions than were handed out. Asks the cluster every 30 s, and only as the group's leader. */
  hasGrown(): Promise<boolean>
}

const INTERVAL_MS = 30_000

/** New partitions, and topics that were made after the join, belong to nobody until the group's leader joins again. */
export function createTopicWatch(leaders: Leaders, topics: readonly string[]): TopicWatch {
  let counts = new Map<string, number>()
  let nextMs = Number.POSITIVE_INFINITY
  return {
    joined(isLeader) {
      counts = new Map(topics.map((topic) => [topic, leaders.partitionCount(topic)]))
      nextMs = isLeader ? systemClock.now() + INTERVAL_MS : Number.POSITIVE_INFINITY
    },
    async hasGrown() {
      if (systemClock.now() < nextMs) return false
      nextMs = systemClock.now() + INTERVAL_MS
      await leaders.refresh()
      return topics.some((topic) => leaders.partitionCount(topic) > (counts.get(topic) ?? 0))
    },
  }
}
