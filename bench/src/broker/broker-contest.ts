import { median } from '../harness/median.js'
import type { Contest, Expected, Run, Side } from '../harness/workload.js'
import { type BenchStand, onJvm, ownProcess, sameProcess } from './bench-stand.js'

/** What one kafkajs program does to a broker, timed. */
export interface BrokerTask {
  readonly expected: Expected
  readonly settings: Contest['settings']
  /** Once for each broker, before anything is timed. */
  readonly prepare?: (bootstrap: readonly string[]) => Promise<void>
  readonly run: (bootstrap: readonly string[]) => Promise<Run>
}

const besides = 3

/** The same program on the embedded broker and on Kafka. What the embedded one does inside the client's process is told beside. */
export async function openBrokerContest(task: BrokerTask): Promise<Contest> {
  const stands: BenchStand[] = []
  const close = async (): Promise<void> => {
    for (const stand of stands.splice(0).toReversed()) await stand.stop()
  }
  try {
    const inProcess = await measureInProcess(task)
    for (const start of [ownProcess, onJvm]) {
      const stand = await start()
      stands.push(stand)
      await task.prepare?.(stand.bootstrap)
    }
    const [ours, baseline] = stands
    if (ours === undefined || baseline === undefined) throw new Error('both brokers have started')
    const side = ({ name, bootstrap }: BenchStand): Side => ({ name, settings: {}, run: () => task.run(bootstrap) })
    const settings = { client: 'kafkajs 2.2.4', ...task.settings, 'in the same process': inProcess }
    return { ours: side(ours), baseline: side(baseline), expected: task.expected, settings, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function measureInProcess({ prepare, run }: BrokerTask): Promise<string> {
  const { bootstrap, stop } = await sameProcess()
  try {
    await prepare?.(bootstrap)
    await run(bootstrap) // warm-up
    const micros: number[] = []
    for (let index = 0; index < besides; index += 1) {
      const { seconds, records } = await run(bootstrap)
      micros.push((seconds / records) * 1e6)
    }
    return `${median(micros).toFixed(2)} us each (median of ${besides})`
  } finally {
    await stop()
  }
}
