import { measureMemory, oneByOne } from '../broker/measure-memory.js'
import type { Workload } from '../harness/workload.js'

export const workload: Workload = {
  kind: 'limit',
  title: 'broker-memory-one-by-one: the same where every record is a batch of its own',
  bottleneck: 'its code, and what garbage of 60,000 requests leaves behind',
  unit: 'MB',
  atMost: 30,
  measure: () => measureMemory(oneByOne),
}
