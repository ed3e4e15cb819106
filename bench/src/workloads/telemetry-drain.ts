import type { Workload } from '../harness/workload.js'
import { openTelemetry } from '../telemetry/telemetry-contest.js'

export const workload: Workload = {
  kind: 'paired',
  title:
    'telemetry: a full topic through a no-op handler with logs and metrics on, against the same with all of it off',
  bottleneck: 'the event loop of one process: fetch, decode, hand over, commit',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 0.95 },
  pairs: 12,
  open: () => openTelemetry({ watched: 'logs and metrics', records: 1_500_000, handlerMs: 0 }),
}
