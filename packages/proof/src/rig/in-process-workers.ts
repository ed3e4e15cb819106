import {
  createWorker,
  type EventName,
  type EventOf,
  type MillraceEvent,
  type StopReport,
  type Worker,
  type WorkerOptions,
} from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { checkLedger } from '@millrace/testing'
import { until } from './until.js'

/** A worker on real Kafka in the process of the test, and everything that it has said. */
export interface InProcessWorker {
  readonly worker: Worker
  readonly events: <Name extends EventName>(name: Name) => readonly EventOf<Name>[]
  /** Resolves when it holds; rejects after `limitMs` (default 30,000) with what the worker looks like then. */
  readonly until: (what: string, holds: () => boolean, limitMs?: number) => Promise<void>
  /** Stops it and holds its ledger against what it received. */
  readonly stop: () => Promise<StopReport>
}

export interface InProcessWorkers {
  start(options: Omit<WorkerOptions, 'driver'>): Promise<InProcessWorker>
  /** Ends a test: stops what it left running, and throws where a ledger does not balance. */
  stopAll(): Promise<void>
}

export function createInProcessWorkers(brokers: readonly string[]): InProcessWorkers {
  const running = new Set<InProcessWorker>()
  return {
    async start(options) {
      const worker = createWorker({ ...options, driver: createKafkajsDriver({ brokers }) })
      const started = observe(worker)
      running.add(started)
      await worker.start()
      return started
    },
    async stopAll() {
      const all = [...running]
      running.clear()
      await Promise.all(all.map((one) => one.stop()))
    },
  }
}

function observe(worker: Worker): InProcessWorker {
  const events: MillraceEvent[] = []
  worker.onAny((event) => events.push(event))
  return {
    worker,
    events: <Name extends EventName>(name: Name) =>
      events.filter((event): event is EventOf<Name> => event.name === name),
    async until(what, holds, limitMs = 30_000) {
      try {
        await until(what, () => holds() || undefined, { limitMs, everyMs: 10 })
      } catch (error) {
        throw new Error(`${String(error)}\n${show(worker.inspect())}\n${show(events.slice(-10))}`, { cause: error })
      }
    },
    async stop() {
      const report = await worker.stop()
      assertConserved(worker)
      return report
    },
  }
}

/** Conservation: everything that was received is accounted for, and of a stopped worker nothing is in flight. */
function assertConserved(worker: Worker): void {
  const snapshot = worker.inspect()
  const faults = checkLedger(snapshot).map(({ text }) => text)
  const open = snapshot.handlers
    .filter(({ inFlight }) => inFlight !== 0)
    .map(({ handler }) => `${handler} is not empty`)
  if (faults.length + open.length > 0) throw new Error([...faults, ...open, show(snapshot.handlers)].join('\n'))
}

const show = (value: unknown): string =>
  JSON.stringify(value, (_name, one: unknown) =>
    typeof one === 'bigint' ? String(one) : one instanceof Error ? one.message.slice(0, 200) : one,
  )
