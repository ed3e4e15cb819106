import { measureLatency } from '../exactly-once/measure-latency.js'
import { openBroker } from '../harness/open-broker.js'
import type { Workload } from '../harness/workload.js'

const latency = { intervalMs: 100, perSecond: 10_000, seconds: 20, partitions: 6 } as const
/** What a record may need beyond the interval: two hops through the broker, and the transaction itself. */
const beyondMs = 60

export const workload: Workload = {
  kind: 'limit',
  title: 'exactly once: p99 from the moment a record is due to a read_committed reader behind the pipeline',
  bottleneck: 'producer, pipeline and reader in one process, at about half of what they can do there together',
  unit: 'ms',
  atMost: latency.intervalMs + beyondMs,
  async measure() {
    const broker = await openBroker()
    try {
      const sorted = await measureLatency(broker, latency)
      const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? Infinity)
      const value = at(0.99)
      return { value, settings: { ...latency, p50: at(0.5), p90: at(0.9), 'p99.9': at(0.999), max: at(1) } }
    } finally {
      await broker.stop()
    }
  },
}
