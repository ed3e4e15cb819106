import { largeBatches, measureMemory } from '../broker/measure-memory.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'limit',
  title: 'broker-memory: what an embedded broker takes beyond 1.2 times the bytes that it stores',
  bottleneck: 'its code, the room of the last piece of each log, connections',
  unit: 'MB',
  atMost: 30,
  measure: () => measureMemory(largeBatches),
}
