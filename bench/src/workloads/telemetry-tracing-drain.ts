import type { Workload } from '../harness/workload.js'
import { openTelemetry } from '../telemetry/telemetry-contest.js'

export const workload: Workload = {
  kind: 'paired',
  title:
    'telemetry: a no-op handler with one record in a hundred traced, against the same without a SDK; for the figure',
  bottleneck: 'the event loop of one process: a context and a span that records nothing for each record',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 0.1 },
  pairs: 6,
  open: () => openTelemetry({ watched: 'tracing at 1 %', records: 300_000, handlerMs: 0 }),
}
