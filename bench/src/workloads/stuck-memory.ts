import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { bytes, createWorker, defineConsumer, handle, topic } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { uniqueName } from '@millrace/testing'
import { fillTopicElsewhere } from '../harness/fill-topic.js'
import { openBroker } from '../harness/open-broker.js'
import type { Workload } from '../harness/workload.js'

const partitions = 6
const records = 120_000
const valueBytes = 1_024

/** Resident memory after the garbage collector has run, in MB. */
async function residentMb(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.()
    await after(200)
  }
  return process.memoryUsage().rss / 1e6
}

/** A handler that never ends, in front of a full topic: what is buffered must stay bounded. */
export const workload: Workload = {
  kind: 'limit',
  title: 'stuck-memory: extra memory with a stuck handler and a full topic',
  bottleneck: 'the buffers: 500 records per partition, 5,000 records and 64 MiB per worker, one fetch answer on top',
  unit: 'MB',
  atMost: 80,
  async measure() {
    const { bootstrap, admin, stop } = await openBroker()
    const name = uniqueName('bench-stuck')
    await admin.createTopic(name, { partitions })
    await fillTopicElsewhere({ brokers: bootstrap, topic: name, partitions, records, valueBytes })

    const stuck = new EventTarget()
    const Records = topic(name, { key: bytes, value: bytes })
    const hang = (_value: Buffer, { signal }: { readonly signal: AbortSignal }) => {
      stuck.dispatchEvent(new Event('stuck'))
      return once(signal, 'abort')
    }
    const consumer = defineConsumer({
      group: name,
      handlers: [handle(Records, { onExhausted: 'halt', timeout: '5m' }, hang)],
    })
    const worker = createWorker({
      consumers: [consumer],
      driver: createKafkajsDriver({ brokers: bootstrap }),
      shutdownTimeout: '0ms',
    })
    const before = await residentMb()
    const isStuck = once(stuck, 'stuck')
    await worker.start()
    await isStuck
    await after(5_000)
    const value = (await residentMb()) - before
    await worker.stop()
    await stop()
    return { value, settings: { partitions, records, valueBytes, topicMb: (records * valueBytes) / 1e6 } }
  },
}
