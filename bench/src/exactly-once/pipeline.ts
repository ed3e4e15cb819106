import {
  bytes,
  createWorker,
  DeadLetter,
  defineConsumer,
  silentLogger,
  topic,
  transform,
  type Worker,
  type WorkerOptions,
} from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { uniqueName } from '@millrace/testing'

/** What every side of the comparison copies, and how often it commits. */
export interface Copying {
  readonly brokers: readonly string[]
  readonly source: string
  readonly partitions: number
  readonly records: number
  /** ms */
  readonly intervalMs: number
  /** A transaction, or a chunk, also begins when so many records are ready. */
  readonly transactionRecords: number
}

export interface CopyTo {
  readonly sink: string
  readonly deadLetters: string
  readonly delivery: 'exactly-once' | 'at-least-once'
  /** Of so many records one fails for good. Default: none. */
  readonly poisonEvery?: number | undefined
}

/** Twice what goes out in an interval here, so that the rhythm decides and not the buffer; but not all there is, as nobody has that. */
const buffersFor = (intervalMs: number) =>
  ({
    bufferedOutputs: Math.max(20_000, 200 * intervalMs),
    bufferedOutputBytes: '128MiB',
  }) satisfies Partial<WorkerOptions>

/** A worker with a group of its own that copies every record to the sink. Not started. */
export function copyingWorker(
  { brokers, source, intervalMs, transactionRecords }: Copying,
  { sink, deadLetters, delivery, poisonEvery }: CopyTo,
): Worker {
  const from = topic(source, { key: bytes, value: bytes })
  const to = topic(sink, { key: bytes, value: bytes })
  const copy = (value: Buffer) => {
    if (poisonEvery !== undefined && value.readUInt32BE(0) % poisonEvery === 0) throw new DeadLetter('poison')
    return { value }
  }
  const consumer = defineConsumer({
    group: uniqueName('bench-copy'),
    handlers: [transform(from, { to, delivery, deadLetter: deadLetters }, copy)],
  })
  return createWorker({
    ...{ consumers: [consumer], driver: createKafkajsDriver({ brokers }), logger: silentLogger },
    ...{ transactionInterval: `${intervalMs}ms`, transactionRecords, ...buffersFor(intervalMs) },
  })
}
