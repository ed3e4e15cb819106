import { createFinish } from '../drain/finish.js'
import { runWorker } from '../drain/run-worker.js'
import type { Run } from '../harness/workload.js'

const limitMs = 60_000

/** What a `read_committed` reader finds in a sink. One record too few would never end it, so the wait is bounded. */
export async function readSink(
  brokers: readonly string[],
  sink: string,
  records: number,
): Promise<Pick<Run, 'records' | 'checksum'>> {
  const finish = createFinish(records)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`"${sink}" has less than ${records} records`)), limitMs)
  try {
    const whole = Promise.race([finish.done, late.promise])
    const { checksum } = await runWorker({ brokers, topic: sink }, (value) => finish.handled(value), whole)
    return { records, checksum }
  } finally {
    clearTimeout(timer)
  }
}
