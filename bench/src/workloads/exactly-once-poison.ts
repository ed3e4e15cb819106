import { openPipelineContest } from '../exactly-once/pipeline-contest.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'paired',
  title:
    'exactly once: one record of 100 is poison and goes to the dead-letter topic, against the same pipeline without',
  bottleneck: 'the event loop of one process, and what the broker does for each transaction',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 0.5 },
  pairs: 5,
  open: () => openPipelineContest({ intervalMs: 100, records: 200_000, against: 'no poison', poisonEvery: 100 }),
}
