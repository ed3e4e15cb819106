import { isMillraceError, type Logger, type RecordInstrument, type Worker } from '@millrace/core'
import { createMetrics, createOpsServer } from '@millrace/telemetry'
import type { OpsSettings } from './environment/read-environment.js'

/** Metrics and ops endpoints of one worker, open. */
export interface Ops {
  /** Undefined where the default port was taken, which is no reason not to start. */
  readonly port: number | undefined
  /** Measures the attempts of records, where somebody can read what it measured. */
  readonly instrument: RecordInstrument | undefined
  /** Idempotent. */
  close(): Promise<void>
}

/**
 * @throws MillraceError `MILLRACE_CONFIG_INVALID` when a port that was asked for can't be listened on
 */
export async function openOps({ port, host, isAskedFor }: OpsSettings, worker: Worker, logger: Logger): Promise<Ops> {
  const metrics = await createMetrics()
  metrics.observe(worker)
  const server = createOpsServer({ port, host, worker, metrics })
  const close = async (): Promise<void> => {
    await server.stop()
    metrics.close()
  }
  try {
    const opened = await server.start()
    logger.info(
      { host, port: opened },
      `ops endpoints at http://${host}:${opened}: /livez /readyz /startupz /metrics /info /inspect`,
    )
    return { port: opened, instrument: metrics.instrument, close }
  } catch (error) {
    await close()
    if (isAskedFor || !isMillraceError(error)) throw error
    logger.warn({ host, port }, 'no ops endpoints: the default port is taken; set OPS_PORT to another one, or to off')
    return { port: undefined, instrument: undefined, close }
  }
}
