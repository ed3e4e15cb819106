import type { Workload } from '../harness/workload.js'
import { inGroups } from '../produce/in-groups.js'
import { kafkajsProducer, millraceProducer, openProduceContest } from '../produce/produce-contest.js'

const together = 500

export const workload: Workload = {
  kind: 'paired',
  title: 'producer-many: sendMany of 500, against kafkajs sendBatch of 500 with the same guarantees',
  bottleneck: 'the event loop of one process, and one round trip per batch',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 1 },
  pairs: 10,
  open: () =>
    openProduceContest(
      {
        ours: millraceProducer((producer) => inGroups(together, (group) => producer.sendMany(group))),
        baseline: kafkajsProducer((send) => inGroups(together, send), { idempotent: true, call: 'sendBatch' }),
      },
      100_000,
    ),
}
