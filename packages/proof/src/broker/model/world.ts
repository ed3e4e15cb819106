import { type Broker, createVirtualClock, startBroker, type VirtualClock } from '@millrace/broker'
import { createLink, type Link } from './link.js'
import { fetchOnce, type ReadBatch, readBatches, topic } from './read-log.js'
import { claim } from './violation.js'

/** One more than records are written to: each writer has a partition of its own for offsets. */
export const partitionCount = 4

/** What is known of one record. `maybe`: its answer was lost and never asked for again. */
export interface WrittenRecord {
  readonly value: string
  readonly partition: number
  readonly writer: string
  status: 'acknowledged' | 'maybe' | 'refused'
  /** As the broker said. */
  offset: bigint | undefined
  readonly transaction: Transaction | undefined
}

/** One transaction as its producer sees it. */
export interface Transaction {
  readonly writer: string
  readonly producerId: bigint
  readonly partitions: Set<number>
  /** The offset that it brings to its group, if any. */
  staged: bigint | undefined
  /** `unknown`: the answer that would have told was lost; the log tells, by markers that all say the same. */
  outcome: 'open' | 'committed' | 'aborted' | 'unknown'
}

/** One broker, and the few maps that say what it must hold. */
export interface World {
  readonly broker: Broker
  readonly clock: VirtualClock
  readonly records: WrittenRecord[]
  readonly transactions: Transaction[]
  /** Every batch that was ever seen, by partition and first offset: also of what was deleted since. */
  readonly archive: readonly Map<bigint, ReadBatch>[]
  readonly starts: bigint[]
  readonly auditor: Link
  /** A fault may bring answers of fetches late. */
  isLate: boolean
  link(clientId: string): Link
  close(): Promise<void>
}

export async function createWorld(seed: number): Promise<World> {
  const clock = createVirtualClock()
  const broker = await startBroker({
    tcp: false,
    clock,
    seed,
    topics: { [topic]: partitionCount },
    groups: { minSessionTimeout: '1s' },
    transactions: { reaperInterval: '1s' },
  })
  const links: Link[] = []
  const link = (clientId: string): Link => {
    const made = createLink(broker, clock, clientId)
    links.push(made)
    return made
  }
  return {
    broker,
    clock,
    records: [],
    transactions: [],
    archive: Array.from({ length: partitionCount }, () => new Map<bigint, ReadBatch>()),
    starts: Array.from({ length: partitionCount }, () => 0n),
    auditor: link('auditor'),
    isLate: false,
    link,
    async close() {
      for (const each of links) each.close()
      await broker.stop()
    },
  }
}

/** Reads a partition to its end and keeps what it holds; offsets must follow each other without a gap. */
export async function archivePartition({ archive, auditor, starts }: World, partition: number): Promise<void> {
  const seen = archive[partition]
  let offset = starts[partition] ?? 0n
  for (;;) {
    const { errorCode, records, highWatermark, logStartOffset } = await fetchOnce(auditor, {
      partition,
      offset,
      readCommitted: false,
    })
    claim(errorCode === 0, `the auditor's fetch of ${partition} at ${offset} was answered ${errorCode}`)
    claim(
      logStartOffset === starts[partition],
      `partition ${partition} begins at ${logStartOffset} instead of ${starts[partition]}`,
    )
    const batches = readBatches(records ?? Buffer.alloc(0))
    for (const batch of batches) {
      claim(
        batch.baseOffset <= offset && batch.lastOffset >= offset,
        `partition ${partition}: ${batch.baseOffset} comes where ${offset} should`,
      )
      seen?.set(batch.baseOffset, batch)
      offset = batch.lastOffset + 1n
    }
    if (offset >= highWatermark)
      return claim(offset === highWatermark, `partition ${partition} holds more than its high watermark`)
    claim(
      batches.length > 0,
      `partition ${partition} has nothing at ${offset} and a high watermark of ${highWatermark}`,
    )
  }
}

/** The partition's batches in order. */
export const batchesOf = ({ archive }: World, partition: number): ReadBatch[] =>
  [...(archive[partition]?.values() ?? [])].toSorted((one, other) => Number(one.baseOffset - other.baseOffset))
