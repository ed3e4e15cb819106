import { setTimeout as wait } from 'node:timers/promises'
import { uniqueName } from '@millrace/testing'
import { createFinish } from '../drain/finish.js'
import { fillTopic } from '../harness/fill-topic.js'
import { openBroker } from '../harness/open-broker.js'
import { checksumOf } from '../harness/order-free-checksum.js'
import type { Contest, Side } from '../harness/workload.js'
import { runObservedWorker, type Watched } from './run-observed-worker.js'

const partitions = 6
const valueBytes = 256
const headers = 3

export interface TelemetryContest {
  readonly watched: Watched
  readonly records: number
  /** 0: the handler does next to nothing, synchronously. */
  readonly handlerMs: number
}

/** The same worker at the same topic, watched and not. */
export async function openTelemetry({ watched, records, handlerMs }: TelemetryContest): Promise<Contest> {
  const { bootstrap: brokers, admin, stop } = await openBroker()
  const topic = uniqueName('bench-telemetry')
  await admin.createTopic(topic, { partitions })
  await fillTopic({ brokers, topic, partitions, records, valueBytes, headers })
  const side = (which: Watched): Side => ({
    name: `millrace worker, telemetry: ${which}`,
    settings: {},
    run() {
      const finish = createFinish(records)
      const onRecord =
        handlerMs === 0
          ? (value: Buffer) => finish.handled(value)
          : async (value: Buffer) => {
              await wait(handlerMs)
              finish.handled(value)
            }
      return runObservedWorker({ brokers, topic, onRecord }, which, finish.done)
    },
  })
  return {
    ours: side(watched),
    baseline: side('off'),
    expected: { records, checksum: checksumOf(records) },
    settings: { partitions, valueBytes, headers, handlerMs },
    close: stop,
  }
}
