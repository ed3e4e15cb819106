import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { uniqueName } from '@millrace/testing'
import { fillTopicElsewhere } from '../harness/fill-topic.js'
import type { Contest } from '../harness/workload.js'
import { bareClient, bareProducer } from './bare-client.js'
import type { HostReport } from './memory-host.js'

const partitions = 6
const mb = 1e6
/** What the stored bytes may grow by. */
const factor = 1.2

/** A topic that is filled in large batches, or one record at a time. */
export interface Filling {
  readonly name: string
  readonly fill: (bootstrap: readonly string[], topic: string) => Promise<void>
}

export const largeBatches: Filling = {
  name: '150,000 records of 1 KB in batches of the sender',
  fill: (brokers, topic) => fillTopicElsewhere({ brokers, topic, partitions, records: 150_000, valueBytes: 1024 }),
}

export const oneByOne: Filling = {
  name: '60,000 batches of one record of 256 bytes',
  async fill(bootstrap, topic) {
    const producer = await bareProducer(bootstrap)
    const value = Buffer.alloc(256, 'v')
    let left = 60_000
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1
        await producer.send({ topic, messages: [{ value, partition: left % partitions }] })
      }
    }
    await Promise.all(Array.from({ length: 50 }, caller))
    await producer.disconnect()
  },
}

export interface Measured {
  /** Beyond the process without a broker and 1.2 times what is stored, MB. */
  readonly value: number
  readonly settings: Contest['settings']
}

export async function measureMemory({ name, fill }: Filling): Promise<Measured> {
  const host = fork(fileURLToPath(new URL('memory-host.js', import.meta.url)), { execArgv: ['--expose-gc'] })
  try {
    const empty = await report(host)
    const topic = uniqueName('bench-broker-memory')
    const admin = bareClient(empty.bootstrap).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] })
    await admin.disconnect()
    await fill(empty.bootstrap, topic)
    host.send('now')
    const full = await report(host)
    const growthMb = (full.residentBytes - empty.residentBytes) / mb
    const storedMb = full.storedBytes / mb
    const settings = { topic: name, storedMb: storedMb.toFixed(1), growthMb: growthMb.toFixed(1), factor }
    return { value: growthMb - factor * storedMb, settings: { ...settings, emptyMb: round(empty.residentBytes) } }
  } finally {
    host.disconnect()
  }
}

const round = (bytes: number): string => (bytes / mb).toFixed(1)

const isHostReport = (message: unknown): message is HostReport =>
  typeof message === 'object' && message !== null && 'storedBytes' in message

async function report(host: ChildProcess): Promise<HostReport> {
  const limit = AbortSignal.timeout(120_000)
  const [message]: unknown[] = await once(host, 'message', { signal: limit })
  if (isHostReport(message)) return message
  throw new Error('The host of the broker sent something else.')
}
