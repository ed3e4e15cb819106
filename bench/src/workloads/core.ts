import { createRequire } from 'node:module'
import {
  bytes,
  createWorker,
  defineConsumer,
  type Driver,
  handle,
  type Lease,
  type MemberEvents,
  type RawRecord,
  type ReceivedBatch,
  topic,
} from '@millrace/core'
import { timed } from '../harness/timed.js'
import type { Side, Workload } from '../harness/workload.js'

const partitions = 6
const batchRecords = 250
const batches = 800
const records = batches * batchRecords
const valueBytes = 256
const value = Buffer.alloc(valueBytes, 'v')

/** The checksum of both sides: value bytes folded record by record. */
const folded = (sum: number, bytesOfValue: Buffer): number =>
  (Math.imul(sum, 31) + (bytesOfValue[0] ?? 0) + bytesOfValue.length) >>> 0
const expectedChecksum = (): string =>
  Array.from({ length: records })
    .reduce<number>((sum) => folded(sum, value), 0)
    .toString(16)

/** A driver that hands over prepared batches whenever a lease has room: nothing but the pipeline costs anything. */
function createPreparedDriver(): { driver: Driver; pump: () => Promise<void> } {
  const ready: RawRecord[] = Array.from({ length: batchRecords }, (_, offsetDelta) => ({
    offsetDelta,
    timestamp: 1_700_000_000_000,
    key: null,
    value,
    headers: [],
    sizeBytes: valueBytes,
  }))
  let events: MemberEvents | undefined
  const leases: (Lease & { isPaused: boolean; next: number })[] = []
  const open = (partition: number) => {
    const lease = {
      ...{ topic: 'bench', partition, epoch: 1, startOffset: 0n, isLive: true, isPaused: false, next: 0 },
      pause: () => void (lease.isPaused = true),
      resume: () => void (lease.isPaused = false),
      seek: () => undefined,
    }
    return lease
  }
  const driver: Driver = {
    name: 'prepared',
    capabilities: { transactions: false, staticMembership: false },
    describeTopics: async () => new Map(),
    openSender: () => Promise.reject(new Error('the benchmark sends nothing')),
    openTransactions: () => Promise.reject(new Error('the benchmark sends nothing')),
    close: async () => undefined,
    join(_options, given) {
      events = given
      leases.push(...Array.from({ length: partitions }, (_, partition) => open(partition)))
      queueMicrotask(() => void given.onAssigned(leases, 1))
      return {
        commit: async () => undefined,
        endOffsets: async () => new Map(),
        leave: async () => given.onRevoked(leases, { lost: false }),
      }
    },
  }
  const batchFor = (lease: { next: number }): ReceivedBatch => {
    const baseOffset = BigInt(lease.next)
    lease.next += batchRecords
    return { baseOffset, records: ready, nextOffset: BigInt(lease.next), endOffset: BigInt(records) }
  }
  async function pump(): Promise<void> {
    for (let handed = 0; handed < batches; ) {
      for (const lease of leases) {
        if (lease.isPaused || handed === batches) continue
        handed += 1
        events?.onRecords(lease, batchFor(lease))
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { driver, pump }
}

async function runPipeline(): Promise<{ records: number; checksum: string }> {
  const Bench = topic('bench', { key: bytes, value: bytes })
  const { driver, pump } = createPreparedDriver()
  const all = Promise.withResolvers<void>()
  let seen = 0
  let sum = 0
  const consumer = defineConsumer({
    group: 'bench',
    handlers: [
      handle(Bench, { onExhausted: 'halt' }, (message) => {
        sum = folded(sum, message)
        seen += 1
        if (seen === records) all.resolve()
      }),
    ],
  })
  const worker = createWorker({ consumers: [consumer], driver, verifyTopics: false })
  await worker.start()
  await pump()
  await all.promise
  await worker.stop()
  return { records: seen, checksum: sum.toString(16) }
}

interface KafkajsRecord {
  readonly value: Buffer
}
type RecordBatchDecoder = (decoder: unknown) => Promise<{ readonly records: readonly KafkajsRecord[] }>

/** kafkajs decodes the same records, as its fetch does it: one record batch at a time. */
async function openKafkajs(): Promise<() => Promise<{ records: number; checksum: string }>> {
  const load = createRequire(import.meta.url)
  const Decoder = load('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => unknown
  const decode = load('kafkajs/src/protocol/recordBatch/v0/decoder') as RecordBatchDecoder
  const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0') as {
    RecordBatch: (options: object) => Promise<{ readonly buffer: Buffer }>
  }
  const createRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index') as (record: object) => unknown
  const timestamp = 1_700_000_000_000
  const encoded = await RecordBatch({
    partitionLeaderEpoch: 0,
    firstTimestamp: timestamp,
    maxTimestamp: timestamp,
    lastOffsetDelta: batchRecords - 1,
    records: Array.from({ length: batchRecords }, (_, offsetDelta) =>
      createRecord({ offsetDelta, timestampDelta: 0, key: null, value, headers: {} }),
    ),
  })
  return async () => {
    let sum = 0
    let seen = 0
    for (let batch = 0; batch < batches; batch += 1) {
      const decoded = await decode(new Decoder(encoded.buffer))
      for (const record of decoded.records) {
        sum = folded(sum, record.value)
        seen += 1
      }
    }
    return { records: seen, checksum: sum.toString(16) }
  }
}

/** Runs of the work before the clock starts: the compiler has seen everything then. */
const warmUps = 8

const side = (name: string, work: () => Promise<{ records: number; checksum: string }>): Side => ({
  name,
  settings: {},
  async run() {
    for (let round = 0; round < warmUps; round += 1) await work()
    return timed(work)
  },
})

/** What the pipeline adds to a record, against what kafkajs spends on decoding one. */
export const workload: Workload = {
  kind: 'minimum',
  title: 'core: pipeline per record, against the decoding of one record by kafkajs',
  bottleneck: 'one core',
  metric: 'cost',
  target: { kind: 'at-most', ratio: 0.35 },
  pairs: 15,
  open: async () => {
    const decode = await openKafkajs()
    return {
      ours: side('millrace core, no-op handler, bytes serde, defaults', runPipeline),
      baseline: side('kafkajs 2.2.4 record batch decoder', decode),
      expected: { records, checksum: expectedChecksum() },
      settings: { partitions, valueBytes, headers: 0, batchRecords, warmUps },
    }
  },
}
