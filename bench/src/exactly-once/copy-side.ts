import { uniqueName } from '@millrace/testing'
import { createStopwatch } from '../harness/stopwatch.js'
import type { Run, Side } from '../harness/workload.js'
import { type Copying, copyingWorker, type CopyTo } from './pipeline.js'
import { readSinks } from './read-sink.js'
import type { Sinks } from './sinks.js'

/** The pipeline in one of its modes: from its first lease to the last commit. Tells how large its transactions became. */
export function copySide(copying: Copying, how: Pick<CopyTo, 'delivery' | 'poisonEvery'>, sinks: Sinks): Side {
  const { records, brokers } = copying
  const poison = how.poisonEvery === undefined ? 0 : Math.ceil(records / how.poisonEvery)
  let runs = 0
  let commits = 0

  async function run(): Promise<Run> {
    const sink = await sinks.create(uniqueName('bench-sink'))
    const deadLetters = await sinks.create(`${sink}.dlq`)
    const worker = copyingWorker(copying, { ...how, sink, deadLetters })
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
      const stored = await readSinks(brokers, [
        { topic: sink, records: records - poison },
        { topic: deadLetters, records: poison },
      ])
      return { ...stored, ...took }
    } finally {
      await worker.stop()
      await sinks.remove(sink)
      await sinks.remove(deadLetters)
    }
  }

  return {
    name: `millrace ${how.delivery}`,
    // Read when all runs are over.
    get settings() {
      return {
        delivery: how.delivery,
        poison: poison / records,
        recordsPerCommit: Math.round((runs * records) / commits),
      }
    },
    run,
  }
}
