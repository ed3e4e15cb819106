import type { BrokerEvent } from '../observe/broker-events.js'

/** What a broker has done since it started, and since somebody asked last. */
export interface Activity {
  note(event: BrokerEvent): void
  /** Records per topic since the last call, as one line; undefined where there were none. */
  newRecords(): string | undefined
  summary(elapsedMs: number): Summary
}

export interface Summary {
  readonly uptimeMs: number
  readonly topics: number
  readonly records: number
  readonly groups: number
  readonly transactions: number
  readonly connections: number
}

export function createActivity(): Activity {
  const topics = new Set<string>()
  const groups = new Set<string>()
  const fresh = new Map<string, number>()
  const totals = { records: 0, transactions: 0, connections: 0 }

  return {
    note(event) {
      if (event.kind === 'topic.created') topics.add(event.topic)
      else if (event.kind === 'topic.deleted') topics.delete(event.topic)
      else if (event.kind === 'group.changed') groups.add(event.groupId)
      else if (event.kind === 'group.deleted') groups.delete(event.groupId)
      else if (event.kind === 'transaction.ended') totals.transactions += 1
      else if (event.kind === 'connection.opened') totals.connections += 1
      else if (event.kind === 'records.appended') {
        totals.records += event.records
        fresh.set(event.topic, (fresh.get(event.topic) ?? 0) + event.records)
      }
    },
    newRecords() {
      if (fresh.size === 0) return undefined
      const parts = [...fresh].map(([topic, records]) => `${topic} +${records}`)
      fresh.clear()
      return `records: ${parts.join(', ')}`
    },
    summary: (uptimeMs) => ({ uptimeMs, topics: topics.size, groups: groups.size, ...totals }),
  }
}

export const summaryText = ({ uptimeMs, topics, records, groups, transactions, connections }: Summary): string =>
  `up ${(uptimeMs / 1000).toFixed(1)} s: ${records} records in ${topics} topics, ${groups} groups, ` +
  `${transactions} transactions, ${connections} connections`
