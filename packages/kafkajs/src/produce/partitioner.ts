import type { OutgoingRecord } from '@millrace/core'
import { partitionForKey } from '../wire/partition-for-key.js'

/** Picks the partition of a record that names none, for one topic: 0 to below `partitionCount`. Called for each record, and again where its topic was not known yet. */
export type PartitionChooser = (record: OutgoingRecord, partitionCount: number) => number

export interface PartitionerParts {
  readonly overrides: Readonly<Record<string, PartitionChooser>>
  /** From 0 to below 1. */
  readonly random: () => number
}

export interface Partitioner {
  /**
   * The record's own partition, else the topic's override, else the key by Java-compatible murmur2, else the sticky partition.
   * What it returns need not exist: the caller checks it against the cluster's metadata.
   */
  choose(record: OutgoingRecord, leaders: readonly number[], hasOpenBatch: (partition: number) => boolean): number
}

/**
 * Records without a key stay with one partition until its batch has gone, then move to another that has a leader: full
 * batches, and an even spread over time (KIP-480).
 */
export function createPartitioner({ overrides, random }: PartitionerParts): Partitioner {
  const sticky = new Map<string, number>()
  return {
    choose(record, leaders, hasOpenBatch) {
      const { topic, partition, key } = record
      if (partition !== undefined) return partition
      const override = Object.hasOwn(overrides, topic) ? overrides[topic] : undefined
      if (override !== undefined) return override(record, leaders.length)
      if (key !== null) return partitionForKey(key, leaders.length)

      const current = sticky.get(topic)
      if (current !== undefined && hasOpenBatch(current)) return current
      const next = anotherPartition(current, leaders, random)
      sticky.set(topic, next)
      return next
    },
  }
}

/** A random partition with a leader, not the current one if there is a choice; without any leader, any partition. */
function anotherPartition(current: number | undefined, leaders: readonly number[], random: () => number): number {
  const led: number[] = []
  for (const [partition, leader] of leaders.entries()) if (leader >= 0 && partition !== current) led.push(partition)
  const [only] = led
  if (only === undefined) {
    if (current !== undefined && (leaders[current] ?? -1) >= 0) return current
    return Math.floor(random() * leaders.length)
  }
  return led[Math.floor(random() * led.length)] ?? only
}
