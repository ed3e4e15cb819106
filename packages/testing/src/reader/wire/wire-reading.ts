import { isRetriable } from './kafka-refusal.js'
import { createPartitionReader, type PartitionRecord, readUntil } from './partition-reader.js'
import { retrying } from './retrying.js'
import type { CommandContext } from './wire-call.js'
import type { WireCluster } from './wire-cluster.js'
import { isolationIn, listOffsets, offsetList, wantedPartitions } from './wire-offsets.js'

/** Bounds the size of a line, not of an answer. */
const recordsPerPart = 500

/** Every record up to the ends that were current at the start; a reader of a growing topic comes to an end as well. */
export async function readTopic(cluster: WireCluster, context: CommandContext): Promise<readonly object[]> {
  const { call, limit } = context
  const [topic, isolation] = [call.text('topic'), isolationIn(call)]
  const partitions = await wantedPartitions(cluster, call, limit)
  const range = { topic, partitions, isolation }
  const ends = await listOffsets(cluster, { ...range, which: 'latest' }, limit)
  const starts = await listOffsets(cluster, { ...range, which: 'earliest' }, limit)
  const from = BigInt(call.textOr('fromOffset', '0'))
  const reader = createPartitionReader(cluster, { topic, isolation }, (records) =>
    sendAll(
      context,
      records.filter(({ partition, offset }) => offset < (ends.get(partition) ?? 0n)),
    ),
  )
  for (const partition of partitions) {
    const start = starts.get(partition) ?? 0n
    reader.positions.set(partition, start > from ? start : from)
  }
  await readUntil(reader, ends, limit)
  return offsetList(ends)
}

/** Follows a topic from its beginning, whatever becomes of the brokers, until it is over; then to the ends of that moment. */
export async function tailTopic(
  cluster: WireCluster,
  context: CommandContext,
  isOver: AbortSignal,
): Promise<readonly object[]> {
  const { call, limit } = context
  const [topic, isolation] = [call.text('topic'), isolationIn(call)]
  const partitions = await wantedPartitions(cluster, call, limit)
  const reader = createPartitionReader(cluster, { topic, isolation }, (records) => sendAll(context, records))
  for (const partition of partitions) reader.positions.set(partition, 0n)
  while (!isOver.aborted) {
    await retrying(`following "${topic}"`, limit, async () => {
      await reader.fetch(partitions, 100, limit).catch((error: unknown) => {
        // The last round is made below.
        if (!isOver.aborted || !isRetriable(error)) throw error
      })
    })
  }
  const ends = await listOffsets(cluster, { topic, partitions, isolation, which: 'latest' }, limit)
  await readUntil(reader, ends, limit)
  return offsetList(ends)
}

function sendAll({ sendPart }: CommandContext, records: readonly PartitionRecord[]): void {
  for (let at = 0; at < records.length; at += recordsPerPart) {
    sendPart(records.slice(at, at + recordsPerPart).map(asJson))
  }
}

const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null

const asJson = (record: PartitionRecord): object => ({
  partition: record.partition,
  offset: record.offset.toString(),
  timestamp: record.timestamp.toString(),
  timestampType: record.timestampType,
  key: base64(record.key),
  value: base64(record.value),
  headers: record.headers.map(({ key, value }) => [Buffer.from(key).toString('base64'), base64(value)]),
})
