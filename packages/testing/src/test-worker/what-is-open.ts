import type { GroupSnapshot, PartitionSnapshot, Worker } from '@millrace/core'
import type { ManualClock } from '../scripted/manual-clock.js'
import type { ScriptedDriver } from '../scripted/scripted-driver.js'

/** A partition with records that are not settled. */
export interface OpenPartition {
  readonly text: string
  /** A handler runs, so real time may help; otherwise something waits for time to be moved, or for somebody to act. */
  readonly isRunning: boolean
}

/** Everything that was sent and is not settled, by partition. */
export function whatIsOpen(worker: Worker, driver: ScriptedDriver): readonly OpenPartition[] {
  return worker.inspect().groups.flatMap((group) => {
    const own = group.partitions.flatMap((partition) => openIn(group, partition, driver))
    return group.isJoined ? own : [{ text: `group "${group.group}" has not joined`, isRunning: false }, ...own]
  })
}

function openIn({ group }: GroupSnapshot, at: PartitionSnapshot, driver: ScriptedDriver): readonly OpenPartition[] {
  const left = driver.endOffset(at.topic, at.partition) - at.watermark
  if (left <= 0n) return []
  const { queued, running, awaiting } = at.inFlight
  const why = [
    ...(running > 0 ? [`${running} running`] : []),
    ...(awaiting > 0 ? [`${awaiting} waiting for a retry, a dead letter, a transaction or a decision`] : []),
    ...(queued > 0 ? [`${queued} queued behind`] : []),
    ...at.pausedBecause.map((reason) => `paused: ${reason}`),
  ]
  const text = `${group}: ${at.topic}[${at.partition}] from offset ${at.watermark}: ${why.join(', ') || 'not fetched yet'}`
  return [{ text, isRunning: running > 0 || (queued > 0 && awaiting === 0) }]
}

interface PatienceParts {
  readonly worker: Worker
  readonly driver: ScriptedDriver
  readonly clock: ManualClock
  readonly patienceMs: number
}

export interface Patience {
  settled(): Promise<void>
  /** Waits for something that may need time to be moved, such as the end of a drain. */
  through<Result>(work: Promise<Result>): Promise<Result>
}

// Taken when the module loads, so that fake timers of a test framework do not stop them.
const realTimeout = setTimeout
const realNow = (): number => Number(process.hrtime.bigint() / 1_000_000n)
const breath = (): Promise<void> => new Promise((resolve) => realTimeout(resolve, 1))

/** How far the drain of a worker can reach: a test that needs more has a worker that does not stop. */
const maxDrainMs = 24 * 3_600_000

export function createPatience({ worker, driver, clock, patienceMs }: PatienceParts): Patience {
  /** Gives handlers that do real work real time. False when it was not enough. */
  async function outlast(isOver: () => boolean): Promise<boolean> {
    const until = realNow() + patienceMs
    for (;;) {
      await clock.settle()
      if (isOver()) return true
      if (realNow() > until) return false
      await breath()
    }
  }
  const isAnyRunning = (): boolean => whatIsOpen(worker, driver).some(({ isRunning }) => isRunning)

  return {
    async settled() {
      const isQuiet = await outlast(() => worker.state !== 'running' || !isAnyRunning())
      const open = whatIsOpen(worker, driver).map(({ text }) => text)
      if (isQuiet && worker.state === 'running') return
      const why = isQuiet ? `the worker is ${worker.state}` : `handlers still run after ${patienceMs} real ms`
      throw new Error(`not everything settled: ${why}\n  ${open.join('\n  ')}`)
    },
    async through(work) {
      let isDone = false
      void Promise.allSettled([work]).then(() => (isDone = true))
      await outlast(() => isDone || !isAnyRunning())
      const until = clock.now() + maxDrainMs
      while (!isDone && clock.now() < until) {
        // No timer left means that only real work can end it.
        if (!(await clock.advanceToNext()) && !(await outlast(() => isDone))) break
      }
      if (!isDone)
        throw new Error(
          `it did not end, however far time was moved\n  ${whatIsOpen(worker, driver)
            .map(({ text }) => text)
            .join('\n  ')}`,
        )
      return work
    },
  }
}
