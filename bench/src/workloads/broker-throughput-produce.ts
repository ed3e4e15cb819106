import { openBrokerContest } from '../broker/broker-contest.js'
import { produceTask } from '../broker/produce-task.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'paired',
  title: 'broker-throughput-produce: the same kafkajs producer on the embedded broker, against Kafka',
  bottleneck: 'the event loop of the client, which encodes; the broker has a core of its own',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 1 },
  open: () => openBrokerContest(produceTask()),
}
