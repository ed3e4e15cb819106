import { createProbe, startWireProbe, uniqueName } from '@millrace/testing'
import { checksumOf, createChecksum } from '../harness/order-free-checksum.js'
import { createStopwatch } from '../harness/stopwatch.js'
import type { Run } from '../harness/workload.js'
import { bareProducer, withTopic } from './bare-client.js'
import type { BrokerTask } from './broker-contest.js'

const partitions = 6
const records = 100_000
const valueBytes = 256
const batchRecords = 500
/** So many batches are on their way at once. */
const atOnce = 6

/** What is stored is read back by raw requests, after the clock was stopped. */
export const produceTask = (): BrokerTask => ({
  expected: { records, checksum: checksumOf(records) },
  settings: { partitions, valueBytes, batchRecords, batchesAtOnce: atOnce, acks: -1, compression: 'none' },
  run: (bootstrap) => {
    const name = uniqueName('bench-broker-produce')
    return withTopic(bootstrap, { name, partitions }, () => produceTo(bootstrap, name))
  },
})

async function produceTo(bootstrap: readonly string[], topic: string): Promise<Run> {
  const producer = await bareProducer(bootstrap)
  const batches = batchesOf(records)
  const watch = createStopwatch()
  watch.start()
  let next = 0
  const sender = async (): Promise<void> => {
    for (let messages = batches[next++]; messages !== undefined; messages = batches[next++]) {
      await producer.send({ topic, acks: -1, messages })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sender))
  const time = watch.stop()
  await producer.disconnect()
  const checksum = await readBack(bootstrap, topic)
  return { records: checksum.records, checksum: String(checksum), ...time }
}

/** Each batch goes to one partition. */
const batchesOf = (count: number): { readonly value: Buffer; readonly partition: number }[][] =>
  Array.from({ length: count / batchRecords }, (_batch, batch) =>
    Array.from({ length: batchRecords }, (_record, index) => {
      const value = Buffer.alloc(valueBytes, 'v')
      value.writeUInt32BE(batch * batchRecords + index)
      return { value, partition: batch % partitions }
    }),
  )

async function readBack(bootstrap: readonly string[], topic: string): Promise<ReturnType<typeof createChecksum>> {
  const running = await startWireProbe()
  const probe = createProbe({ port: running.port, bootstrap })
  try {
    const checksum = createChecksum()
    for (const { value } of await probe.read(topic)) checksum.add(value?.readUInt32BE(0) ?? 0)
    return checksum
  } finally {
    await probe.close()
    await running.stop()
  }
}
