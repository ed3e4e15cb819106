import { timed } from '../harness/timed.js'
import type { Side, Workload } from '../harness/workload.js'

const records = 20_000_000

/** FNV-1a over the record numbers: cheap, and different as soon as one record is missing or doubled. */
function work(): { records: number; checksum: string } {
  let hash = 0x811c9dc5
  for (let index = 0; index < records; index += 1) hash = Math.imul(hash ^ index, 0x01000193)
  return { records, checksum: (hash >>> 0).toString(16) }
}

const side = (name: string): Side => ({ name, settings: {}, run: () => timed(work) })

/** Compares a function with itself. If its interval does not hold 1, no other result of this machine is worth reading. */
export const workload: Workload = {
  kind: 'paired',
  title: 'selftest: a function against itself',
  bottleneck: 'one core, integer arithmetic',
  metric: 'rate',
  target: { kind: 'contains', ratio: 1 },
  pairs: 20,
  // A 95 % interval misses the truth once in twenty runs, which is too often for a check of the harness.
  confidence: 0.999,
  open: async () => ({
    ours: side('the function'),
    baseline: side('the same function'),
    expected: { records, checksum: work().checksum },
    settings: {},
  }),
}
