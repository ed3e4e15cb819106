import { timed } from '../harness/timed.js'
import type { Side, Workload } from '../harness/workload.js'

/** Third-party packages that a worker needs at its start. */
const thirdParty = ['reflect-metadata', 'inversify', 'kafkajs', 'pino', 'prom-client']

const importing = (name: string, packages: readonly string[]): Side => ({
  name,
  settings: { packages: packages.join(' ') },
  run: () =>
    timed(async () => {
      for (const each of packages) await import(each)
      return { records: 1, checksum: 'imported' }
    }),
})

/** What `import 'millrace'` costs, each time in a process of its own. */
export const workload: Workload = {
  kind: 'minimum',
  title: 'import-cost: importing millrace, against importing the third-party packages it uses at start',
  bottleneck: 'reading and compiling modules',
  metric: 'cost',
  target: { kind: 'at-most', ratio: 1.2 },
  pairs: 15,
  open: async () => ({
    ours: importing('millrace', ['millrace']),
    baseline: importing('third-party packages', thirdParty),
    expected: { records: 1, checksum: 'imported' },
    settings: {},
  }),
}
