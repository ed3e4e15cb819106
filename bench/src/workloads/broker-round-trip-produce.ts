import { openBrokerContest } from '../broker/broker-contest.js'
import { produceRoundTrips } from '../broker/round-trip-task.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'paired',
  title: 'broker-round-trip-produce: median time of one record, sent and acknowledged, against Kafka',
  bottleneck: 'the client, two sockets, and what the broker does in between',
  metric: 'cost',
  target: { kind: 'at-most', ratio: 0.5 },
  open: () => openBrokerContest(produceRoundTrips()),
}
