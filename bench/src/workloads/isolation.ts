import { setTimeout as wait } from 'node:timers/promises'
import { uniqueName } from '@millrace/testing'
import { createFinish } from '../drain/finish.js'
import { runWorker } from '../drain/run-worker.js'
import { fillTopic } from '../harness/fill-topic.js'
import { openBroker } from '../harness/open-broker.js'
import { checksumOf } from '../harness/order-free-checksum.js'
import type { Contest, Side, Workload } from '../harness/workload.js'

const healthy = 7
const slow = healthy
const records = 1_400_000
/** More than its buffer holds, so that the slow partition is paused as well. */
const slowRecords = 2_000
const slowMs = 2_000

async function open(): Promise<Contest> {
  const { bootstrap: brokers, admin, stop } = await openBroker()
  const topic = uniqueName('bench-isolation')
  await admin.createTopic(topic, { partitions: healthy + 1 })
  await fillTopic({ brokers, topic, partitions: healthy, records, valueBytes: 256, headers: 3 })
  await fillTopic({ brokers, topic, partitions: 1, from: slow, records: slowRecords, valueBytes: 256, headers: 3 })

  const side = (name: string, waitMs: number): Side => ({
    name,
    settings: { handlerOfThe8th: waitMs === 0 ? 'no-op' : `${waitMs} ms a record` },
    run() {
      const finish = createFinish(records)
      return runWorker(
        { brokers, topic },
        (value, { partition, signal }) => {
          if (partition !== slow) return finish.handled(value)
          return waitMs === 0 ? undefined : wait(waitMs, undefined, { signal })
        },
        finish.done,
      )
    },
  })
  return {
    ours: side('beside a slow partition', slowMs),
    baseline: side('undisturbed', 0),
    expected: { records, checksum: checksumOf(records) },
    settings: { healthyPartitions: healthy, slowRecords, valueBytes: 256, headers: 3 },
    close: stop,
  }
}

export const workload: Workload = {
  kind: 'paired',
  title: 'isolation: seven partitions beside one that takes 2 s a record, against the same seven undisturbed',
  bottleneck: 'the event loop of one process: fetch, decode, hand over, commit',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 0.95 },
  pairs: 10,
  open,
}
