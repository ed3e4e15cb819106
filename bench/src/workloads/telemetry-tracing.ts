import type { Workload } from '../harness/workload.js'
import { openTelemetry } from '../telemetry/telemetry-contest.js'

export const workload: Workload = {
  kind: 'paired',
  title: 'telemetry: a handler of 1 ms with one record in a hundred traced, against the same without a SDK',
  bottleneck: 'what the handler waits for',
  metric: 'rate',
  target: { kind: 'at-least', ratio: 0.9 },
  pairs: 10,
  open: () => openTelemetry({ watched: 'tracing at 1 %', records: 12_000, handlerMs: 1 }),
}
