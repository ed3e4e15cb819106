import {
  createWorker as createCoreWorker,
  type Driver,
  type HandlerInstances,
  type Logger,
  type MillraceError,
  type ProcessHost,
  runWorker,
  type StopReport,
  type Worker as CoreWorker,
  type WorkerOptions as CoreWorkerOptions,
  workerOptions,
} from '@millrace/core'
import { createInversifyInstances } from '@millrace/inversify'
import {
  createLogger,
  type FlushableLogger,
  joinInstruments,
  type LogLevel,
  type LogSampling,
  logWorkerEvents,
  type TraceMode,
  type Tracing,
} from '@millrace/telemetry'
import type { Container } from 'inversify'
import { readOutside } from './configuration/read-outside.js'
import { givenDriver, openDriver, refuse } from './environment/open-driver.js'
import { type ProcessSettings, readProcess } from './environment/read-environment.js'
import { openTracing } from './environment/open-tracing.js'
import { createSettings, type OpsOptions, valuesOfProcess } from './environment/settings.js'
import type { KafkaOptions } from './kafka-options.js'
import { type Admin, openAdmin } from './open-admin.js'
import { type Ops, openOps } from './open-ops.js'

/** What a worker is made of. The environment stands above the config file, and that above what is said here. */
export interface WorkerOptions extends Omit<CoreWorkerOptions, 'driver' | 'instances' | 'instrument'> {
  /** Where the brokers are and how to speak to them. Usually left to the environment: `KAFKA_BROKERS` and its kin. */
  readonly kafka?: KafkaOptions
  /** Where consumer classes get their collaborators from. It stays yours; the worker puts a container of its own in front. */
  readonly container?: Container
  /** Instances from somewhere else than inversify, instead of `container`. */
  readonly instances?: HandlerInstances
  /** Another driver instead of Kafka: tests pass a scripted one. */
  readonly driver?: Driver
  /** Default: `info`. `LOG_LEVEL` overrides it. Without effect where a `logger` is passed. */
  readonly logLevel?: LogLevel
  /**
   * The endpoints `/livez`, `/readyz`, `/startupz`, `/metrics`, `/info`, `/inspect`. `OPS_PORT` and `OPS_HOST` override it. Default:
   * 127.0.0.1:9464. `admin`: the verbs that change something, off unless they have a port and a token (`OPS_ADMIN_...`).
   */
  readonly ops?: OpsOptions
  /**
   * Where an OpenTelemetry SDK is registered: `parent` (default) makes the span of an attempt a child of the one that sent the record;
   * `link` begins a trace for each record, with a link to that one.
   */
  readonly traceMode?: TraceMode
  /** `errors` (default): of the same fault of records five a minute are logged whole, and then one line with the count. `off`: all of them. */
  readonly logSampling?: LogSampling
}

/** A worker that can also be the whole job of its process. */
export interface Worker extends CoreWorker {
  /** The port of the ops endpoints, once they are open. */
  readonly opsPort: number | undefined
  /** The port of the admin verbs, once they are open. */
  readonly adminPort: number | undefined
  /**
   * Starts, runs until SIGTERM or SIGINT, drains, and exits: 0 after a drain in time; 1 when the start failed, the drain
   * ran out of time or the worker gave up; 130 or 143 at once on a second signal.
   */
  run(host?: ProcessHost): Promise<void>
}

/**
 * Makes a worker from annotated classes: kafkajs for the brokers, inversify for the collaborators, pino for the logs,
 * Prometheus metrics and ops endpoints, all set up from the environment. Nothing is opened before `start()` or `run()`,
 * and what is wrong in the environment is told there, all at once (`MILLRACE_CONFIG_INVALID`).
 */
export function createWorker(options: WorkerOptions): Worker {
  const { kafka = {}, container, instances, driver, logLevel, ops, logger: given, ...others } = options
  const { shutdownTimeout, traceMode, logSampling, ...plain } = others
  const env = options.env ?? process.env
  const outside = readOutside(env)
  const settings = readProcess(createSettings(outside.said, valuesOfProcess({ logLevel, ops })))
  const own = given === undefined ? createLogger({ level: settings.value.logLevel }) : undefined
  const logger = given ?? own ?? createLogger()
  const opened = driver === undefined ? openDriver(outside.said, kafka, logger) : givenDriver(driver)
  const tracing = openTracing({ env: outside.env, said: outside.said, kafka, traceMode })
  const open: OpenOps = { ops: undefined, admin: undefined }
  const timeout = settings.value.shutdownTimeout ?? shutdownTimeout
  const { transactionalInstance = settings.value.transactionalInstance } = plain
  const core = createCoreWorker({
    ...plain,
    ...outside.options,
    env: outside.env,
    logger,
    driver: tracing.watch(opened.driver),
    instrument: () => joinInstruments([open.ops?.instrument, tracing.instrument]),
    instances: instances ?? createInversifyInstances(container),
    ...(timeout === undefined ? {} : { shutdownTimeout: timeout }),
    ...(settings.value.instanceId === undefined ? {} : { instanceId: settings.value.instanceId }),
    ...(transactionalInstance === undefined ? {} : { transactionalInstance }),
  })
  logWorkerEvents(core, logger, logSampling === undefined ? {} : { sampling: logSampling })
  return around(core, {
    logger,
    own,
    problem: refuse([...outside.problems, ...opened.problems, ...settings.problems]),
    warnings: [...outside.warnings, ...opened.warnings],
    ...{ open, tracing },
    load: () => opened.load(),
    asked: settings.value,
    onGiveUp: outside.options.onGiveUp ?? options.onGiveUp ?? workerOptions.onGiveUp.default,
  })
}

/** What the worker asks for when it starts, after it was opened. */
interface OpenOps {
  ops: Ops | undefined
  admin: Admin | undefined
}

interface Surroundings {
  readonly logger: Logger
  /** The logger when it is ours, and so ours to flush. */
  readonly own: FlushableLogger | undefined
  readonly problem: MillraceError | undefined
  readonly warnings: readonly string[]
  readonly load: () => Promise<void>
  readonly asked: Pick<ProcessSettings, 'ops' | 'admin'>
  readonly open: OpenOps
  readonly tracing: Tracing
  readonly onGiveUp: 'exit' | 'stay'
}

/** The ops endpoints open before the worker starts and close after it has stopped, so that they tell the whole life. */
function around(
  core: CoreWorker,
  { logger, own, problem, warnings, load, asked, open, tracing, onGiveUp }: Surroundings,
): Worker {
  let started: Promise<void> | undefined
  let stopped: Promise<StopReport> | undefined

  async function close(): Promise<void> {
    await Promise.all([open.ops?.close(), open.admin?.close()])
  }
  async function start(): Promise<void> {
    if (problem !== undefined) throw problem
    for (const warning of warnings) logger.warn({}, warning)
    if (asked.ops !== undefined) open.ops = await openOps(asked.ops, core, logger)
    try {
      if (asked.admin !== undefined) open.admin = await openAdmin(asked.admin, core, { logger, own })
      await Promise.all([load(), tracing.load()])
      await tracing.detached(() => core.start())
    } catch (error) {
      await close()
      throw error
    }
  }
  async function stop(): Promise<StopReport> {
    const report = await core.stop()
    await started?.catch(() => undefined) // whoever started it was told; what it had opened is to be closed here
    await close()
    await own?.flush()
    return report
  }

  const worker: Worker = {
    get state() {
      return core.state
    },
    get opsPort() {
      return open.ops?.port
    },
    get adminPort() {
      return open.admin?.port
    },
    on: (name, listener) => core.on(name, listener),
    onAny: (listener) => core.onAny(listener),
    inspect: () => core.inspect(),
    describe: () => core.describe(),
    control: core.control,
    // A stopped worker says so itself, and opens nothing.
    start: () => (stopped === undefined ? (started ??= start()) : core.start()),
    stop: () => (stopped ??= stop()),
    run: (host = process) =>
      runWorker(worker, { logger, onGiveUp, host, ...(own === undefined ? {} : { flush: () => own.flush() }) }),
  }
  return worker
}
