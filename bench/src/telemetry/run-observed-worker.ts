import {
  bytes,
  createWorker,
  defineConsumer,
  type Driver,
  handle,
  type HandlerMethod,
  silentLogger,
  topic,
  type Worker,
  type WorkerOptions,
} from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { createLogger, createMetrics, createTracing, logWorkerEvents } from '@millrace/telemetry'
import { uniqueName } from '@millrace/testing'
import { registerSampledTracing } from './sampled-tracing.js'

/** What watches the worker: nothing; logs and metrics, scraped once a second; or spans of one record in a hundred. */
export type Watched = 'off' | 'logs and metrics' | 'tracing at 1 %'

export interface Observed {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly onRecord: HandlerMethod<Buffer, Buffer>
}

type Watching = Pick<WorkerOptions, 'driver' | 'logger' | 'instrument'> & {
  readonly observe: (worker: Worker) => void
  readonly close: () => Promise<void>
}

/** One worker with a group of its own and default buffers, until `done`. */
export async function runObservedWorker<Result>(
  { brokers, topic: name, onRecord }: Observed,
  watched: Watched,
  done: Promise<Result>,
): Promise<Result> {
  const consumer = defineConsumer({
    group: uniqueName('bench-observed'),
    handlers: [handle(topic(name, { key: bytes, value: bytes }), { onExhausted: 'halt' }, onRecord)],
  })
  const { observe, close, ...options } = await watching[watched](createKafkajsDriver({ brokers }))
  const worker = createWorker({ consumers: [consumer], ...options })
  try {
    observe(worker)
    await worker.start()
    return await done
  } finally {
    await worker.stop()
    await close()
  }
}

const watching: Readonly<Record<Watched, (driver: Driver) => Promise<Watching>>> = {
  off: async (driver) => ({ driver, logger: silentLogger, observe: () => undefined, close: async () => undefined }),
  async 'logs and metrics'(driver) {
    const logger = createLogger({ destination: { write: () => undefined } })
    const metrics = await createMetrics()
    const scrapes = setInterval(() => void metrics.text(), 1_000)
    return {
      ...{ driver, logger, instrument: () => metrics.instrument },
      observe(worker) {
        metrics.observe(worker)
        logWorkerEvents(worker, logger)
      },
      async close() {
        clearInterval(scrapes)
        metrics.close()
      },
    }
  },
  async 'tracing at 1 %'(driver) {
    const close = registerSampledTracing(0.01)
    const tracing = createTracing({ env: {} })
    await tracing.load()
    const instrument = () => tracing.instrument
    return { driver: tracing.watch(driver), logger: silentLogger, instrument, observe: () => undefined, close }
  },
}
