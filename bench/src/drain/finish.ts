import { createChecksum } from '../harness/order-free-checksum.js'
import { createStopwatch } from '../harness/stopwatch.js'
import type { Run } from '../harness/workload.js'

/** Counts records, and tells when the last of them was handled and how long it took since the first. */
export function createFinish(records: number) {
  const checksum = createChecksum()
  const watch = createStopwatch()
  const done = Promise.withResolvers<Run>()
  return {
    done: done.promise,
    handled(value: Buffer | null): void {
      if (checksum.records === 0) watch.start()
      if (checksum.add(value?.readUInt32BE(0) ?? 0) === records)
        done.resolve({ records, checksum: String(checksum), ...watch.stop() })
    },
  }
}
