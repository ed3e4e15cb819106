import { openPipelineContest } from '../exactly-once/pipeline-contest.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'paired',
  title: 'exactly once: a copying pipeline with a transaction every 100 ms, against kafkajs with one per batch',
  bottleneck: 'the event loop of one process, and what the broker does for each transaction',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 1.2 },
  pairs: 10,
  open: () => openPipelineContest({ intervalMs: 100, records: 300_000, against: 'kafkajs' }),
}
