import { uniqueName } from '@millrace/testing'
import { createStopwatch } from '../harness/stopwatch.js'
import type { Run, Side } from '../harness/workload.js'
import { type Copying, copyingWorker } from './pipeline.js'
import { readSink } from './read-sink.js'
import type { Sinks } from './sinks.js'

/** The pipeline in one of its modes: from its first lease to the last commit. Tells how large its transactions became. */
export const copySide = (copying: Copying, delivery: 'exactly-once' | 'at-least-once', sinks: Sinks): Side => {
  const { records, brokers } = copying
  let runs = 0
  let commits = 0

  async function run(): Promise<Run> {
    const sink = await sinks.create(uniqueName('bench-sink'))
    const worker = copyingWorker(copying, { sink, delivery })
    const watch = createStopwatch()
    const done = Promise.withResolvers<Pick<Run, 'seconds' | 'cpuSeconds'>>()
    let committed = 0
    const settled = (count: number): void => {
      committed += count
      commits += 1
      if (committed >= records) done.resolve(watch.stop())
    }
    worker.on('transaction.committed', (event) => settled(event.records))
    worker.on('commit.done', (event) => settled(event.records))
    worker.on('lease.started', () => watch.start())
    worker.on('worker.failed', ({ error }) => done.reject(error))
    await worker.start()
    try {
      const took = await done.promise
      runs += 1
      return { ...(await readSink(brokers, sink, records)), ...took }
    } finally {
      await worker.stop()
      await sinks.remove(sink)
    }
  }

  return {
    name: `millrace ${delivery}`,
    // Read when all runs are over.
    get settings() {
      return { delivery, recordsPerCommit: Math.round((runs * records) / commits) }
    },
    run,
  }
}
