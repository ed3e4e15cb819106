import type { Workload } from '../harness/workload.js'
import { inGroups } from '../produce/in-groups.js'
import { kafkajsProducer, millraceProducer, openProduceContest } from '../produce/produce-contest.js'

const awaited = 100

/** kafkajs is bare: without idempotence, as it comes. */
export const workload: Workload = {
  kind: 'paired',
  title: 'producer-one-by-one: a send per record, 100 awaited at a time, against bare kafkajs send',
  bottleneck: 'round trips to the broker: how many records share one',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 5 },
  pairs: 10,
  open: () =>
    openProduceContest(
      {
        ours: millraceProducer((producer) =>
          inGroups(awaited, (group) => Promise.all(group.map((one) => producer.send(one)))),
        ),
        baseline: kafkajsProducer((send) => inGroups(awaited, (group) => Promise.all(group.map((one) => send([one]))))),
      },
      20_000,
    ),
}
