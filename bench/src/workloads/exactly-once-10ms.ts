import { openPipelineContest } from '../exactly-once/pipeline-contest.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'paired',
  title: 'exactly once: a copying pipeline with a transaction every 10 ms, against the same pipeline at least once',
  bottleneck: 'the event loop of one process, and what the broker does for each transaction',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 0.25 },
  pairs: 10,
  open: () => openPipelineContest({ intervalMs: 10, records: 200_000, against: 'at-least-once' }),
}
