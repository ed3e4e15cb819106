import { uniqueName } from '@millrace/testing'
import { median } from '../harness/median.js'
import type { Run } from '../harness/workload.js'
import { bareClient, bareProducer, withTopic } from './bare-client.js'
import type { BrokerTask } from './broker-contest.js'

type Request = () => Promise<unknown>

const requests = 1_500
const warmUps = 300
const partitions = 1

/** One caller that awaits each answer. A run counts as if every round trip had taken the median, so that ratios are those of medians. */
const roundTrips = (
  kind: string,
  open: (bootstrap: readonly string[], topic: string) => Promise<Opened>,
): BrokerTask => ({
  expected: { records: requests, checksum: kind },
  settings: { request: kind, requests, warmUps },
  run: (bootstrap) => {
    const name = uniqueName('bench-broker-round-trip')
    return withTopic(bootstrap, { name, partitions }, async () => {
      const { request, close } = await open(bootstrap, name)
      const run = await timeEach(request, kind)
      await close()
      return run
    })
  },
})

interface Opened {
  readonly request: Request
  readonly close: () => Promise<void>
}

async function timeEach(request: Request, checksum: string): Promise<Run> {
  for (let index = 0; index < warmUps; index += 1) await request()
  const cpu = process.cpuUsage()
  const each: number[] = []
  for (let index = 0; index < requests; index += 1) {
    const from = performance.now()
    await request()
    each.push(performance.now() - from)
  }
  const { user, system } = process.cpuUsage(cpu)
  return {
    records: each.length,
    checksum,
    seconds: (median(each) / 1000) * requests,
    cpuSeconds: (user + system) / 1e6,
  }
}

/** A record, stored and acknowledged. */
export const produceRoundTrips = (): BrokerTask =>
  roundTrips('Produce', async (bootstrap, topic) => {
    const producer = await bareProducer(bootstrap)
    const value = Buffer.alloc(256, 'v')
    return {
      request: () => producer.send({ topic, acks: -1, messages: [{ value, partition: 0 }] }),
      close: () => producer.disconnect(),
    }
  })

/** What the topic is like: the smallest request that every client sends. */
export const metadataRoundTrips = (): BrokerTask =>
  roundTrips('Metadata', async (bootstrap, topic) => {
    const admin = bareClient(bootstrap).admin()
    await admin.connect()
    return { request: () => admin.fetchTopicMetadata({ topics: [topic] }), close: () => admin.disconnect() }
  })
