import { openBrokerContest } from '../broker/broker-contest.js'
import { metadataRoundTrips } from '../broker/round-trip-task.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'paired',
  title: 'broker-round-trip-metadata: median time of a request that stores nothing, against Kafka',
  bottleneck: 'the client and two sockets: what a request costs at least',
  metric: 'cost',
  target: { kind: 'at-most', ratio: 0.5 },
  open: () => openBrokerContest(metadataRoundTrips()),
}
