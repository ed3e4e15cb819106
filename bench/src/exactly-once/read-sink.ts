import { runWorker } from '../drain/run-worker.js'
import { createChecksum } from '../harness/order-free-checksum.js'
import type { Run } from '../harness/workload.js'

const limitMs = 60_000

/** A topic, and how many records it should hold. */
export interface Filled {
  readonly topic: string
  readonly records: number
}

/** What a `read_committed` reader finds in these topics together. One record too few would never end it, so the wait is bounded. */
export async function readSinks(
  brokers: readonly string[],
  sinks: readonly Filled[],
): Promise<Pick<Run, 'records' | 'checksum'>> {
  const checksum = createChecksum()
  for (const { topic, records } of sinks) {
    const upTo = checksum.records + records
    const whole = Promise.withResolvers<void>()
    const timer = setTimeout(() => whole.reject(new Error(`"${topic}" has less than ${records} records`)), limitMs)
    const read = (value: Buffer): void => {
      if (checksum.add(value.readUInt32BE(0)) === upTo) whole.resolve()
    }
    try {
      if (records > 0) await runWorker({ brokers, topic }, read, whole.promise)
    } finally {
      clearTimeout(timer)
    }
  }
  return { records: checksum.records, checksum: String(checksum) }
}
