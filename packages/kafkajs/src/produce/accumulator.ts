import type { BatchNumber, PartitionSequence } from './sequences.js'

/** What the accumulator has to know of a record. */
export interface Entry {
  /** Upper limit of what it adds to a batch, bytes. */
  readonly sizeBytes: number
  /** Already answered: its delivery time has passed. */
  readonly isSettled: boolean
}

/**
 * Records that go out together. Open: takes more. Closed: full, or handed over once. Numbered (`sent` is set): its bytes are
 * fixed and are repeated as they are. In the air: a request that carries it is unanswered.
 */
export interface Batch<Item extends Entry> {
  readonly queue: PartitionQueue<Item>
  readonly entries: Item[]
  sizeBytes: number
  readonly openedAt: number
  isClosed: boolean
  sent: { readonly number: BatchNumber; readonly frame: Buffer } | undefined
  isInAir: boolean
  /** A try may have stored it although no answer said so. */
  isInDoubt: boolean
  tries: number
  /** Not again before this time. */
  notBefore: number
  next: Batch<Item> | undefined
}

/** The batches of one partition, oldest first. Only the first is ever in the air. */
export interface PartitionQueue<Item extends Entry> {
  readonly topic: string
  readonly partition: number
  readonly sequence: PartitionSequence
  first: Batch<Item> | undefined
  last: Batch<Item> | undefined
  /** Since when the cluster has not known this partition. */
  missingSince: number | undefined
  /** What went wrong last, until a batch is stored again. */
  problem: Error | undefined
}

export interface AccumulatorLimits {
  readonly maxBatchBytes: number
  readonly maxBatchRecords: number
}

export interface Accumulator<Item extends Entry> {
  add(topic: string, partition: number, item: Item, now: number): void
  /** Whether a record would join others that still wait. */
  hasOpenBatch(topic: string, partition: number): boolean
  /** Partitions with at least one batch. May be changed while it is walked. */
  readonly active: ReadonlySet<PartitionQueue<Item>>
  /** Takes the first batch out: it is answered for. */
  removeFirst(queue: PartitionQueue<Item>): void
  /** Drops batches at the head that hold no record any more. */
  trim(queue: PartitionQueue<Item>): void
  /** Replaces the first batch by its two halves, unnumbered and in order. */
  splitFirst(queue: PartitionQueue<Item>, now: number): void
}

/** Length, leader epoch, checksum and the rest of a batch's own fields. */
const BATCH_BYTES = 61

export function createAccumulator<Item extends Entry>({
  maxBatchBytes,
  maxBatchRecords,
}: AccumulatorLimits): Accumulator<Item> {
  const queues = new Map<string, PartitionQueue<Item>[]>()
  const active = new Set<PartitionQueue<Item>>()

  function queueOf(topic: string, partition: number): PartitionQueue<Item> {
    let ofTopic = queues.get(topic)
    if (ofTopic === undefined) queues.set(topic, (ofTopic = []))
    return (ofTopic[partition] ??= {
      topic,
      partition,
      sequence: { identity: undefined, next: 0 },
      first: undefined,
      last: undefined,
      missingSince: undefined,
      problem: undefined,
    })
  }

  function removeFirst(queue: PartitionQueue<Item>): void {
    queue.first = queue.first?.next
    if (queue.first !== undefined) return
    queue.last = undefined
    active.delete(queue)
  }

  return {
    active,
    removeFirst,
    add(topic, partition, item, now) {
      const queue = queueOf(topic, partition)
      let batch = queue.last
      if (batch === undefined || batch.isClosed || batch.sizeBytes + item.sizeBytes > maxBatchBytes) {
        if (batch !== undefined) batch.isClosed = true
        batch = append(queue, now)
        active.add(queue)
      }
      batch.entries.push(item)
      batch.sizeBytes += item.sizeBytes
      if (batch.sizeBytes >= maxBatchBytes || batch.entries.length >= maxBatchRecords) batch.isClosed = true
    },
    hasOpenBatch(topic, partition) {
      const last = queues.get(topic)?.[partition]?.last
      return last !== undefined && !last.isClosed
    },
    trim(queue) {
      while (queue.first !== undefined && queue.first.entries.length === 0) removeFirst(queue)
    },
    splitFirst(queue, now) {
      const whole = queue.first
      if (whole === undefined) return
      const middle = Math.ceil(whole.entries.length / 2)
      const second = batchOf(queue, whole.entries.slice(middle), now, whole.next)
      queue.first = batchOf(queue, whole.entries.slice(0, middle), now, second)
      if (queue.last === whole) queue.last = second
    },
  }
}

function append<Item extends Entry>(queue: PartitionQueue<Item>, now: number): Batch<Item> {
  const batch: Batch<Item> = { ...batchOf(queue, [], now, undefined), isClosed: false }
  if (queue.last === undefined) queue.first = batch
  else queue.last.next = batch
  queue.last = batch
  return batch
}

function batchOf<Item extends Entry>(
  queue: PartitionQueue<Item>,
  entries: Item[],
  openedAt: number,
  next: Batch<Item> | undefined,
): Batch<Item> {
  return {
    queue,
    entries,
    sizeBytes: entries.reduce((size, entry) => size + entry.sizeBytes, BATCH_BYTES),
    openedAt,
    isClosed: true,
    sent: undefined,
    isInAir: false,
    isInDoubt: false,
    tries: 0,
    notBefore: 0,
    next,
  }
}
