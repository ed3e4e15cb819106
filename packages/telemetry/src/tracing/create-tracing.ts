import type { Driver, RecordInstrument } from '@millrace/core'
import { createErrorType } from '../metrics/error-type.js'
import { ownVersion } from '../own-version.js'
import { createDescribe, otherError } from './conventions.js'
import { meterAttempts, meterSends } from './meter-records.js'
import { traceAttempts } from './trace-attempts.js'
import { type SendWatch, watchSender, watchTransactions } from './trace-sends.js'
import type { OpenTelemetryApi, TraceMode } from './tracing-parts.js'

export interface TracingOptions {
  /**
   * `parent` (default): the span of an attempt is a child of the one that sent the record. `link`: it begins a trace of its own, with
   * a link to that one; for topics whose records are read by many, or long after.
   */
  readonly traceMode?: TraceMode
  /** Where `OTEL_SEMCONV_STABILITY_OPT_IN` is read. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clientId?: string
}

/** OpenTelemetry of one worker or producer. Where no SDK is registered all of it does nothing, and nothing of it is loaded. */
export interface Tracing {
  /** Looks for a registered SDK. Before it nothing is traced; `openSender` and `openTransactions` of a watched driver do it themselves. */
  load(): Promise<void>
  /** For the attempts of records. Undefined without a SDK. */
  readonly instrument: RecordInstrument | undefined
  /** A driver whose senders trace what they send. */
  watch(driver: Driver): Driver
  /** Runs something outside of any span: what it begins lives longer than whoever begins it. */
  detached<Result>(call: () => Result): Result
}

interface Loaded extends SendWatch {
  readonly api: OpenTelemetryApi
  readonly instrument: RecordInstrument
}

const library = '@millrace/telemetry'

/** Speaks to whatever SDK the process has registered with `@opentelemetry/api` before the worker starts, or the producer sends. */
export function createTracing({
  traceMode = 'parent',
  env = process.env,
  clientId = 'millrace',
}: TracingOptions = {}): Tracing {
  let loading: Promise<Loaded | undefined> | undefined
  let loaded: Loaded | undefined

  async function load(): Promise<Loaded | undefined> {
    const isTracing = isRegistered('trace')
    const isMetering = isRegistered('metrics')
    if (!isTracing && !isMetering) return undefined
    const api = await import('@opentelemetry/api')
    const describe = createDescribe(env['OTEL_SEMCONV_STABILITY_OPT_IN'])
    const shared = { describe, errorType: createErrorType(otherError), clientId }
    const tracer = api.trace.getTracer(library, ownVersion())
    const tracing = isTracing ? { api, tracer, mode: traceMode, ...shared } : undefined
    const meter = isMetering ? { meter: api.metrics.getMeter(library, ownVersion()), ...shared } : undefined
    const instrument = {
      ...(tracing === undefined ? {} : { begin: traceAttempts(tracing) }),
      ...(meter === undefined ? {} : { ran: meterAttempts(meter) }),
    }
    return (loaded = { api, instrument, tracing, meter: meter === undefined ? undefined : meterSends(meter) })
  }
  const loadOnce = (): Promise<Loaded | undefined> => (loading ??= load())

  return {
    async load() {
      await loadOnce()
    },
    get instrument() {
      return loaded?.instrument
    },
    watch: (driver) => watchDriver(driver, loadOnce),
    detached: (call) => (loaded === undefined ? call() : loaded.api.context.with(loaded.api.ROOT_CONTEXT, call)),
  }
}

function watchDriver(driver: Driver, load: () => Promise<Loaded | undefined>): Driver {
  return {
    get name() {
      return driver.name
    },
    get capabilities() {
      return driver.capabilities
    },
    describeTopics: (names, signal) => driver.describeTopics(names, signal),
    join: (options, events) => driver.join(options, events),
    async openSender(options) {
      const [sender, watch] = await Promise.all([driver.openSender(options), load()])
      return watch === undefined ? sender : watchSender(sender, watch)
    },
    async openTransactions(options, signal) {
      const [sender, watch] = await Promise.all([driver.openTransactions(options, signal), load()])
      return watch === undefined ? sender : watchTransactions(sender, watch)
    },
    close: () => driver.close(),
  }
}

/**
 * Whether a SDK has registered itself. The API keeps what is registered under this symbol, across all its copies in a process; to ask
 * here loads nothing.
 */
function isRegistered(signal: 'trace' | 'metrics'): boolean {
  const registered: unknown = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'))
  return typeof registered === 'object' && registered !== null && signal in registered
}
