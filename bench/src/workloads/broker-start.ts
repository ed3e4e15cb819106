import { startAndStop } from '../broker/start-and-stop.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'limit',
  title: 'broker-start: start and stop of an embedded broker inside a process, median of 100',
  bottleneck: 'opening and closing a port',
  unit: 'ms',
  atMost: 5,
  measure: startAndStop,
}
