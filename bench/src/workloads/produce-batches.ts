import type { Workload } from '../harness/workload.js'
import { inGroups } from '../produce/in-groups.js'
import { kafkajsProducer, millraceSender, openProduceContest } from '../produce/produce-contest.js'

const batchRecords = 500

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
        ours: millraceSender((send) => inGroups(batchRecords, (batch) => Promise.all(batch.map(send)))),
        baseline: kafkajsProducer((send) => inGroups(batchRecords, send)),
      },
      100_000,
    ),
}
