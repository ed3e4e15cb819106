import { openDrain } from '../drain/drain-contest.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'paired',
  title: 'drain: a full topic through a no-op handler, against bare kafkajs eachMessage',
  bottleneck: 'the event loop of one process: fetch, decode, hand over, commit',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 1.6 },
  pairs: 10,
  open: () => openDrain('eachMessage'),
}
