import type { LogLine } from './log-book.js'
import { type Service, startService } from './service.js'

/** How a service ended: its exit code, or the signal that it died of. */
export interface Ending {
  readonly name: string
  readonly how: number | string
}

/** What the demo runs beside itself: parts of the examples, each in a process of its own. */
export interface Services {
  /** `module` is what a package exports, such as `@millrace-examples/orders/worker`. */
  start(name: string, module: string, env: Readonly<Record<string, string>>): Service
  /** Starts a worker, and resolves when it has checked its plan and runs. */
  startWorker(name: string, module: string, env: Readonly<Record<string, string>>): Promise<RunningWorker>
  /** Stops what still runs. Resolves with how each service ended that was not ended before. */
  stop(): Promise<readonly Ending[]>
}

export interface RunningWorker {
  readonly opsUrl: string
  readonly service: Service
}

export interface ServicesOptions {
  readonly brokers: string
  /** For parts with schemas, which are registered as they start. */
  readonly registryUrl?: string
  readonly isTraced?: boolean
  readonly sessionSeconds: number
  readonly onLine: (line: LogLine) => void
  readonly signal: AbortSignal
}

export function createServices(options: ServicesOptions): Services {
  const { brokers, registryUrl, isTraced = false, sessionSeconds, onLine, signal } = options
  const registry =
    registryUrl === undefined ? {} : { SCHEMA_REGISTRY_URL: registryUrl, SCHEMA_REGISTRY_REGISTER: 'start' }
  const services: Service[] = []
  const start: Services['start'] = (name, module, env) => {
    const service = startService({
      name,
      module,
      env: { KAFKA_BROKERS: brokers, ...registry, ...env },
      isTraced,
      onLine,
      signal,
    })
    services.push(service)
    return service
  }
  return {
    start,
    async startWorker(name, module, env) {
      const service = start(name, module, {
        SESSION_TIMEOUT_SECONDS: String(sessionSeconds),
        OPS_PORT: '0',
        ...env,
      })
      const { fields } = await service.said(({ msg }) => msg.startsWith('ops endpoints at'))
      await service.said(({ fields: told }) => told['event'] === 'worker.started')
      return { opsUrl: `http://127.0.0.1:${String(fields['port'])}`, service }
    },
    async stop() {
      const running = services.filter(({ isRunning }) => isRunning)
      return Promise.all(running.map(async (service) => ({ name: service.name, how: await service.stop() })))
    },
  }
}
