import { openPipelineContest } from '../exactly-once/pipeline-contest.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'paired',
  title: 'exactly once: a transaction as soon as 100 records are ready, against the same pipeline at least once',
  bottleneck: 'the round trips of a transaction; what is ready when one begins goes with it, so slow ones grow',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 0.6 },
  pairs: 10,
  open: () =>
    openPipelineContest({ intervalMs: 100, transactionRecords: 100, records: 200_000, against: 'at-least-once' }),
}
