import { openBrokerContest } from '../broker/broker-contest.js'
import { consumeTask } from '../broker/consume-task.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'paired',
  title: 'broker-throughput-consume: the same kafkajs consumer on the embedded broker, against Kafka',
  bottleneck: 'the event loop of the client, which decodes; the broker has a core of its own',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 1 },
  open: () => openBrokerContest(consumeTask()),
}
