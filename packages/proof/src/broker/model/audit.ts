/** What must hold when all is said and done: of every record, every transaction, every offset. The log itself is the witness. */
import type { ReadBatch } from './read-log.js'
import { fetchOnce, readBatches, topic } from './read-log.js'
import type { Reader } from './reader.js'
import { claim } from './violation.js'
import {
  archivePartition,
  batchesOf,
  partitionCount,
  type Transaction,
  type World,
  type WrittenRecord,
} from './world.js'

export async function audit(world: World, readers: readonly Reader[]): Promise<void> {
  for (let partition = 0; partition < partitionCount; partition += 1) {
    await archivePartition(world, partition)
    checkRecords(world, partition)
    await checkReading(world, partition)
    await checkLookups(world, partition)
  }
  checkTransactions(world)
  for (const reader of readers) checkReader(world, reader)
}

/** No record lost, doubled, moved or made up; those of one writer in its order. */
function checkRecords(world: World, partition: number): void {
  const stored = batchesOf(world, partition).flatMap(({ records }) => records)
  const written = world.records.filter((record) => record.partition === partition)
  const byValue = new Map(written.map((record) => [record.value, record]))
  const found = new Map<string, bigint>()
  for (const { value, offset } of stored) {
    const record = byValue.get(value)
    claim(
      record !== undefined && record.status !== 'refused',
      `partition ${partition} holds ${value} at ${offset}, which was ${record?.status ?? 'never sent'}`,
    )
    claim(!found.has(value), `partition ${partition} holds ${value} at ${found.get(value)} and at ${offset}`)
    claim(
      record.offset === undefined || record.offset === offset,
      `${value} is at ${offset}; its writer was told ${record.offset}`,
    )
    found.set(value, offset)
  }
  const last = new Map<string, bigint>()
  for (const { value, status, writer } of written) {
    const offset = found.get(value)
    claim(
      offset !== undefined || status !== 'acknowledged',
      `${value} was acknowledged and is not in partition ${partition}`,
    )
    if (offset === undefined) continue
    claim(offset > (last.get(writer) ?? -1n), `${value} of ${writer} stands before what was written before it`)
    last.set(writer, offset)
  }
}

/** Each transaction in partition order of its producer's markers: one marker in each of its partitions, and all the same. */
function checkTransactions(world: World): void {
  const markers = new Map<string, ReadBatch[]>()
  for (let partition = 0; partition < partitionCount; partition += 1) {
    for (const batch of batchesOf(world, partition)) {
      if (batch.marker === undefined) continue
      const key = `${batch.producerId}/${partition}`
      markers.set(key, [...(markers.get(key) ?? []), batch])
    }
  }
  for (const transaction of world.transactions) {
    const ends = [...transaction.partitions].map(
      (partition) => markers.get(`${transaction.producerId}/${partition}`)?.shift()?.marker,
    )
    const [first] = ends
    claim(
      ends.every((end) => end === first),
      `a transaction of ${transaction.producerId} ended by ${ends.join(' and ')}`,
    )
    if (transaction.outcome === 'unknown' && first !== undefined)
      transaction.outcome = first === 'commit' ? 'committed' : 'aborted'
    claim(
      ends.length === 0 || isEndOf(transaction, first),
      `a transaction of ${transaction.writer} is ${transaction.outcome} and its marker ${first ?? 'missing'}`,
    )
  }
  for (const [key, left] of markers) claim(left.length === 0, `${key} has ${left.length} markers of no transaction`)
}

/** One that its producer takes for open may have been aborted for its age. */
function isEndOf({ outcome }: Transaction, marker: 'commit' | 'abort' | undefined): boolean {
  if (outcome === 'open') return marker !== 'commit'
  return marker === { committed: 'commit', aborted: 'abort', unknown: undefined }[outcome]
}

/** From several offsets: the stable offset, the list of aborted transactions in the order of their markers, and what may be seen. */
async function checkReading(world: World, partition: number): Promise<void> {
  const batches = batchesOf(world, partition)
  const { aborted, stable, end } = transactionsIn(batches, world.starts[partition] ?? 0n)
  const start = world.starts[partition] ?? 0n
  const middle = batches[batches.length >> 1]?.baseOffset ?? start
  for (const offset of new Set([start, middle < start ? start : middle])) {
    if (offset > stable) continue
    const found = await fetchOnce(world.auditor, { partition, offset, readCommitted: true, maxBytes: 10_000_000 })
    claim(found.errorCode === 0, `the audit of ${partition} at ${offset} was answered ${found.errorCode}`)
    claim(found.highWatermark === end, `the high watermark of ${partition} is ${found.highWatermark}, its end ${end}`)
    claim(
      found.lastStableOffset === stable,
      `partition ${partition} is stable up to ${found.lastStableOffset} instead of ${stable}`,
    )
    const read = readBatches(found.records ?? Buffer.alloc(0))
    const readTo = (read.at(-1)?.lastOffset ?? offset - 1n) + 1n
    claim(readTo === stable, `a committed reader of ${partition} gets up to ${readTo}, not to ${stable}`)
    checkAborted(
      (found.abortedTransactions ?? []).map(({ producerId, firstOffset }) => `${producerId}@${firstOffset}`),
      aborted.filter(({ marker }) => marker >= offset),
      offset === stable ? -1n : stable,
      `partition ${partition} at ${offset}`,
    )
  }
}

/** In the order of markers; none that the reader needs may be missing, and of those behind what it got some may be there, as in Kafka. */
function checkAborted(list: readonly string[], known: readonly Aborted[], end: bigint, where: string): void {
  let at = 0
  for (const { producer, first } of known) {
    if (list[at] === `${producer}@${first}`) at += 1
    else
      claim(first >= end, () => `${where} does not name ${producer}@${first} as aborted in its place: [${list.join()}]`)
  }
  claim(at === list.length, () => `${where} names ${list[at]} as aborted, or too late: [${list.join()}]`)
}

interface Aborted {
  readonly producer: bigint
  readonly first: bigint
  readonly marker: bigint
}

/** What the batches say of transactions: those aborted, in the order of their markers, and up to where all are decided. */
function transactionsIn(
  batches: readonly ReadBatch[],
  start: bigint,
): { aborted: Aborted[]; stable: bigint; end: bigint } {
  const open = new Map<bigint, bigint>()
  const aborted: Aborted[] = []
  for (const { producerId, baseOffset, isTransactional, marker } of batches) {
    if (marker === undefined) {
      if (isTransactional && !open.has(producerId)) open.set(producerId, baseOffset)
      continue
    }
    const first = open.get(producerId)
    if (first !== undefined && marker === 'abort') aborted.push({ producer: producerId, first, marker: baseOffset })
    open.delete(producerId)
  }
  const end = (batches.at(-1)?.lastOffset ?? start - 1n) + 1n
  const earliest = [...open.values()].reduce((least, offset) => (offset < least ? offset : least), end)
  return { aborted, stable: earliest < start ? start : earliest, end: end < start ? start : end }
}

/** ListOffsets: the ends, and the first record at or after a time, as the log has them. */
async function checkLookups(world: World, partition: number): Promise<void> {
  const start = world.starts[partition] ?? 0n
  const batches = batchesOf(world, partition)
  const { stable, end } = transactionsIn(batches, start)
  const times = batches.map(({ maxTimestamp }) => maxTimestamp)
  const asked = [-1n, -2n, times[times.length >> 1] ?? 0n, (times.at(-1) ?? 0n) + 1n]
  for (const readCommitted of [false, true]) {
    for (const timestamp of asked) {
      const found = await lookUp(world, partition, timestamp, readCommitted)
      const visible = readCommitted ? stable : end
      const expected =
        timestamp === -1n ? visible : timestamp === -2n ? start : firstAtOrAfter(batches, timestamp, start, visible)
      claim(
        found === expected,
        `partition ${partition} at time ${timestamp}${readCommitted ? ', committed' : ''}: ${found} instead of ${expected}`,
      )
    }
  }
}

function firstAtOrAfter(batches: readonly ReadBatch[], timestamp: bigint, start: bigint, visible: bigint): bigint {
  for (const { baseOffset, lastOffset, maxTimestamp, marker, records } of batches) {
    if (lastOffset < start || maxTimestamp < timestamp) continue
    const record = records.find((each) => each.offset >= start && each.timestamp >= timestamp)
    const offset = marker === undefined ? record?.offset : baseOffset
    if (offset !== undefined) return offset < visible ? offset : -1n
  }
  return -1n
}

async function lookUp(
  { auditor }: World,
  partitionIndex: number,
  timestamp: bigint,
  readCommitted: boolean,
): Promise<bigint> {
  for (;;) {
    const topics = [{ name: topic, partitions: [{ partitionIndex, timestamp }] }]
    const answer = await auditor.ask('ListOffsets', 2, { replicaId: -1, isolationLevel: readCommitted ? 1 : 0, topics })
    if (answer !== 'lost') return answer.topics[0]?.partitions[0]?.offset ?? -2n
  }
}

/** A reader was given everything that it may see up to where it is, in order, and nothing else. */
function checkReader(world: World, { partition, readCommitted, seen, position }: Reader): void {
  const written = new Map(world.records.map((record) => [record.value, record]))
  const all = batchesOf(world, partition).flatMap(({ records }) => records)
  const due = all.filter(
    ({ value, offset }) => offset < position && (!readCommitted || isCommitted(written.get(value))),
  )
  const start = world.starts[partition] ?? 0n
  let at = 0
  for (const { value, offset } of due) {
    const next = seen[at]
    // What was deleted before it came there it could not see.
    if (next?.offset !== offset && offset < start) continue
    claim(
      next?.offset === offset && next.value === value,
      `a reader of ${partition} saw ${next?.value ?? 'nothing'} where ${value} stands at ${offset}`,
    )
    at += 1
  }
  claim(
    at === seen.length,
    () =>
      `a ${readCommitted ? 'committed' : 'plain'} reader of ${partition} saw ${seen[at]?.value}, which it may not see`,
  )
}

const isCommitted = (record: WrittenRecord | undefined): boolean =>
  record !== undefined && (record.transaction === undefined || record.transaction.outcome === 'committed')

/** What the offsets of the transactions of one writer must be: by its transactions in order; undefined where one is not known. */
export function stagedOffsetOf(transactions: readonly Transaction[]): bigint | undefined {
  let offset = -1n
  for (const { staged, outcome } of transactions) {
    if (staged === undefined) continue
    if (outcome === 'unknown') return undefined
    if (outcome === 'committed') offset = staged
  }
  return offset
}
