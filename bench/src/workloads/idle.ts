import { setTimeout as after } from 'node:timers/promises'
import { bytes, createWorker, defineConsumer, handle, topic } from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { uniqueName } from '@millrace/testing'
import { openBroker } from '../harness/open-broker.js'
import type { Workload } from '../harness/workload.js'

const seconds = 20
const partitions = 6

/** A worker that has caught up and waits: what it costs to do nothing. */
export const workload: Workload = {
  kind: 'limit',
  title: 'idle: processor time of a worker that has nothing to do',
  bottleneck: 'timers, heartbeats and empty fetches',
  unit: '% of one core',
  atMost: 1,
  async measure() {
    const { bootstrap, admin, stop } = await openBroker()
    const name = uniqueName('bench-idle')
    await admin.createTopic(name, { partitions })
    const Records = topic(name, { key: bytes, value: bytes })
    const consumer = defineConsumer({
      group: name,
      handlers: [handle(Records, { onExhausted: 'halt' }, () => undefined)],
    })
    const worker = createWorker({ consumers: [consumer], driver: createKafkajsDriver({ brokers: bootstrap }) })
    await worker.start()
    await after(3_000)
    const before = process.cpuUsage()
    await after(seconds * 1000)
    const { user, system } = process.cpuUsage(before)
    await worker.stop()
    await stop()
    return { value: ((user + system) / 1e6 / seconds) * 100, settings: { partitions, seconds } }
  },
}
