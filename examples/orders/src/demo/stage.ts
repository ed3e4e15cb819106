import { randomBytes } from 'node:crypto'
import type { DemoKafka } from './kafka.js'
import type { LogLine } from './log-book.js'
import { type Service, startService } from './service.js'

export interface Names {
  readonly topic: string
  readonly deadLetterTopic: string
  readonly group: string
  readonly deadLettersGroup: string
  readonly metricsGroup: string
}

/** The parts of the example as the demo runs them, each in a process of its own. */
export interface Stage {
  readonly names: Names
  /** The groups of the worker, each with the topic that it reads. */
  readonly groups: ReadonlyMap<string, string>
  /** Resolves when it listens. */
  startApi(port: number): Promise<{ readonly url: string; readonly service: Service }>
  startWorker(name: string): Promise<{ readonly opsUrl: string; readonly service: Service }>
  /** Stops what still runs. Resolves with how each service ended that was not ended before. */
  stop(): Promise<readonly Ending[]>
}

/** How a service ended: its exit code, or the signal that it died of. */
export interface Ending {
  readonly name: string
  readonly how: number | string
}

/** On somebody else's cluster the demo touches nothing but what has a name of its own. */
export function namesOn({ isOurs }: Pick<DemoKafka, 'isOurs'>): Names {
  const prefix = isOurs ? '' : `demo-${randomBytes(3).toString('hex')}.`
  return {
    topic: `${prefix}orders.v1`,
    deadLetterTopic: `${prefix}orders.dlq.v1`,
    group: `${prefix}orders-workers`,
    deadLettersGroup: `${prefix}orders-dead-letters`,
    metricsGroup: `${prefix}orders-metrics`,
  }
}

export interface StageOptions {
  readonly kafka: Pick<DemoKafka, 'brokers'>
  readonly names: Names
  readonly sessionSeconds: number
  readonly onLine: (line: LogLine) => void
  readonly signal: AbortSignal
}

export function createStage({ kafka, names, sessionSeconds, onLine, signal }: StageOptions): Stage {
  const services: Service[] = []
  const topics = { ORDERS_TOPIC: names.topic, ORDERS_DLQ_TOPIC: names.deadLetterTopic }
  const start = (name: string, entry: string, env: Readonly<Record<string, string>>): Service => {
    const service = startService({
      name,
      entry,
      env: { KAFKA_BROKERS: kafka.brokers, ...topics, ...env },
      onLine,
      signal,
    })
    services.push(service)
    return service
  }

  return {
    names,
    groups: new Map([
      [names.group, names.topic],
      [names.metricsGroup, names.topic],
      [names.deadLettersGroup, names.deadLetterTopic],
    ]),
    async startApi(port) {
      const service = start('api', 'server.js', { PORT: String(port) })
      const { fields } = await service.said(({ msg }) => msg === 'the orders API listens')
      return { url: `http://127.0.0.1:${String(fields['port'])}`, service }
    },
    async startWorker(name) {
      const service = start(name, 'worker.js', {
        ORDERS_GROUP: names.group,
        ORDERS_DEAD_LETTERS_GROUP: names.deadLettersGroup,
        ORDERS_METRICS_GROUP: names.metricsGroup,
        SESSION_TIMEOUT_SECONDS: String(sessionSeconds),
        OPS_PORT: '0',
      })
      const { fields } = await service.said(({ msg }) => msg.startsWith('ops endpoints at'))
      return { opsUrl: `http://127.0.0.1:${String(fields['port'])}`, service }
    },
    async stop() {
      const running = services.filter(({ isRunning }) => isRunning)
      return Promise.all(running.map(async (service) => ({ name: service.name, how: await service.stop() })))
    },
  }
}
