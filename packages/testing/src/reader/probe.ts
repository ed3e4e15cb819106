import { TestKitError } from '../brokers/test-kit-error.js'
import { encodeFixture, type FixtureRecord, type PartitionOffset, partitionOffset } from './fixture-record.js'
import { base64, int64, integer, list, nothing, nullable, object, pair, text } from './json-shape.js'
import { type CallLimits, createProbeConnection, type ProbeConnection } from './probe-connection.js'
import {
  openTransactionalProducer,
  type TransactionalOptions,
  type TransactionalProducer,
} from './transactional-producer.js'

/** A record as the probe's consumer saw it. Header names are bytes too; they were decoded as UTF-8 before. */
export interface ProbeRecord {
  readonly partition: number
  readonly offset: bigint
  /** Epoch milliseconds; -1 where none was set. */
  readonly timestamp: bigint
  readonly timestampType: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** In order, names may repeat. */
  readonly headers: readonly (readonly [name: Buffer, value: Buffer | null])[]
}

export interface ReadOptions extends CallLimits {
  /** Default `read_committed`: what a careful consumer sees. */
  readonly isolation?: 'read_committed' | 'read_uncommitted'
  /** The same for every partition. Default: everything there is. */
  readonly fromOffset?: bigint
  /** Default all. */
  readonly partitions?: readonly number[]
  /** Rejects above this many, which bounds the memory. Default 1,000,000. */
  readonly maxRecords?: number
}

export interface TailOptions {
  /** Default `read_committed`. */
  readonly isolation?: 'read_committed' | 'read_uncommitted'
  /** When it is given up, ms. Default an hour. */
  readonly limitMs?: number
}

/** A reader that follows a topic. */
export interface Tail {
  /** What it has read so far, in the order in which it came; per partition that of the log. */
  readonly records: readonly ProbeRecord[]
  /** Reads up to the end that the topic has now, and ends. Rejects where it had failed before. */
  finish(): Promise<readonly ProbeRecord[]>
}

/** A transactional id, as its coordinator describes it. */
export interface SeenTransaction {
  readonly transactionalId: string
  /** Kafka's word: `Empty`, `Ongoing`, `PrepareCommit`, `PrepareAbort`, `CompleteCommit`, `CompleteAbort`, ... */
  readonly state: string
  /** Node id. */
  readonly coordinator: number
  /** `transaction.timeout.ms` of its producer. */
  readonly timeoutMs: number
  /** How many partitions are part of it now. */
  readonly partitions: number
}

export interface ProduceOptions extends CallLimits {
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** Default `all`, with idempotence. */
  readonly acks?: 'all' | '1' | '0'
  /** `open` keeps the transaction with this probe: more records, or `endTransaction`, may follow. */
  readonly transaction?: { readonly id: string; readonly outcome: 'commit' | 'abort' | 'open' }
  /**
   * Ends a batch after so many records of the call, and not before: with one partition each batch has exactly that many.
   * A batch above the topic's `max.message.bytes` is split by the Java producer. Default: batches of 16 KiB.
   */
  readonly recordsPerBatch?: number
  /** Producer settings by Kafka's names, over all the others. */
  readonly properties?: Readonly<Record<string, string>>
}

export interface PaceOptions extends CallLimits {
  /** Default 20: a record for each partition so often. */
  readonly everyMs?: number
  readonly forMs: number
}

export interface Pace {
  readonly partition: number
  /** From a send until its answer. */
  readonly longestMs: number
  /** Sends that were given up, of all partitions. */
  readonly failed: number
}

export interface Probe {
  /**
   * Every record up to the end that the topic had when the call began, ordered by partition and offset. Rejects with
   * MILLRACE_TEST_PROBE_FAILED where the end is not reached in time: it never answers with a part.
   */
  read(topic: string, options?: ReadOptions): Promise<ProbeRecord[]>
  /**
   * Reads a topic from its beginning while it grows, through whatever happens to the brokers. What it was given stays given:
   * a reader beside a fault shows what readers saw then, and not what the log says afterwards.
   */
  tail(topic: string, options?: TailOptions): Tail
  /** Every transactional id of the cluster that begins with `prefix`, and in what state its last transaction is. */
  transactions(prefix: string, limits?: CallLimits): Promise<SeenTransaction[]>
  /** Writes fixtures with the probe's own producer; resolves with where each record went. */
  produce(topic: string, records: readonly FixtureRecord[], options?: ProduceOptions): Promise<PartitionOffset[]>
  endTransaction(id: string, outcome: 'commit' | 'abort', limits?: CallLimits): Promise<void>
  /** For transactions that overlap, follow each other in one producer, carry offsets or fence each other. */
  transactional(transactionalId: string, options?: TransactionalOptions): Promise<TransactionalProducer>
  /**
   * Writes one-byte records to every partition at a steady pace, with a producer that is set up for quick failover. Run
   * beside a fault it measures how long the brokers themselves needed. Resolves after `forMs` and the last answer.
   */
  pace(topic: string, options: PaceOptions): Promise<Pace[]>
  /** For `createKafkaAdmin`. */
  readonly connection: ProbeConnection
  /** Leaves the probe running for others; its open transactions of this client are dropped, not ended. */
  close(): Promise<void>
}

const record = object<ProbeRecord>({
  partition: integer,
  offset: int64,
  timestamp: int64,
  timestampType: text,
  key: nullable(base64),
  value: nullable(base64),
  headers: list(pair(base64, nullable(base64))),
})
const pace = object<Pace>({ partition: integer, longestMs: integer, failed: integer })
const records = list(record)
const seenTransaction = object<SeenTransaction>({
  transactionalId: text,
  state: text,
  coordinator: integer,
  timeoutMs: integer,
  partitions: integer,
})
const mostRecords = 1_000_000

/** A client of a running probe (see `startJavaProbe` and `startWireProbe`) for one cluster. Connects on its first call. */
export function createProbe({ port, bootstrap }: { port: number; bootstrap: readonly string[] }): Probe {
  const connection = createProbeConnection(port, bootstrap)
  return {
    connection,
    async read(topic, options = {}) {
      const { isolation = 'read_committed', fromOffset = 0n, partitions, maxRecords = mostRecords } = options
      const command = { command: 'read', topic, isolation, fromOffset: fromOffset.toString(), partitions }
      const found: ProbeRecord[] = []
      await connection.call(command, list(partitionOffset), options, (part) => {
        for (const entry of records(part, 'read')) found.push(entry)
        if (found.length > maxRecords)
          throw new TestKitError('MILLRACE_TEST_PROBE_FAILED', `more than ${maxRecords} records`)
      })
      return found.toSorted((a, b) => a.partition - b.partition) // stable: offsets stay as the consumer returned them
    },
    tail: (topic, options) => openTail(connection, topic, options),
    transactions: (prefix, limits) =>
      connection.call({ command: 'transactions', prefix }, list(seenTransaction), limits),
    produce(topic, fixtures, options = {}) {
      const { compression = 'none', acks = 'all', transaction, recordsPerBatch, properties = {} } = options
      const where = { transactionalId: transaction?.id, outcome: transaction?.outcome }
      const command = { command: 'produce', topic, compression, acks, recordsPerBatch, properties, ...where }
      return connection.call({ ...command, records: fixtures.map(encodeFixture) }, list(partitionOffset), options)
    },
    async endTransaction(transactionalId, outcome, limits) {
      await connection.call({ command: 'endTransaction', transactionalId, outcome }, nothing, limits)
    },
    transactional: (transactionalId, options) => openTransactionalProducer(connection, transactionalId, options),
    pace: (topic, { everyMs = 20, forMs, timeoutMs = forMs + 150_000, signal }) =>
      connection.call({ command: 'pace', topic, everyMs, forMs }, list(pace), { timeoutMs, signal }),
    close: () => connection.close(),
  }
}

const tailLimitMs = 3_600_000
const endTailLimitMs = 30_000
let lastTail = 0

function openTail(
  connection: ProbeConnection,
  topic: string,
  { isolation = 'read_committed', limitMs = tailLimitMs }: TailOptions = {},
): Tail {
  lastTail += 1
  const tail = `${topic}#${lastTail}`
  const found: ProbeRecord[] = []
  const command = { command: 'tail', tail, topic, isolation }
  const reading = connection.call(command, list(partitionOffset), { timeoutMs: limitMs }, (part) => {
    for (const entry of records(part, 'tail')) found.push(entry)
  })
  reading.catch(() => undefined) // finish() rejects with it
  return {
    records: found,
    async finish() {
      await connection.call({ command: 'endTail', tail }, nothing, { timeoutMs: endTailLimitMs })
      await reading
      return found
    },
  }
}
