import type { Workload } from '../harness/workload.js'
import {
  kafkajsProducer,
  millraceSender,
  openProduceContest,
  type Outgoing,
  type SendAll,
} from '../produce/produce-contest.js'

const batchRecords = 500

/** One caller that awaits so many records together before it sends the next. */
const inBatches =
  (send: (batch: readonly Outgoing[]) => Promise<unknown>): SendAll =>
  async (records) => {
    for (let from = 0; from < records.length; from += batchRecords) await send(records.slice(from, from + batchRecords))
  }

export const workload: Workload = {
  kind: 'paired',
  title: 'produce-batches: 500 records awaited together, against one kafkajs send of 500 messages',
  bottleneck: 'the event loop of one process, and one round trip per batch',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 1 },
  pairs: 10,
  open: () =>
    openProduceContest(
      {
        ours: millraceSender((send) => inBatches((batch) => Promise.all(batch.map(send)))),
        baseline: kafkajsProducer(inBatches),
      },
      100_000,
    ),
}
