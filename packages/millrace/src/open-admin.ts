import type { Logger, Worker } from '@millrace/core'
import { createAdminServer, type FlushableLogger } from '@millrace/telemetry'
import type { OpsAdminSettings } from './environment/read-ops-admin.js'

/** The admin verbs of one worker, open. */
export interface Admin {
  readonly port: number
  /** Idempotent. */
  close(): Promise<void>
}

/**
 * @throws MillraceError `MILLRACE_CONFIG_INVALID` when the port can't be listened on
 */
export async function openAdmin(
  { host, ...asked }: OpsAdminSettings,
  worker: Pick<Worker, 'control'>,
  { logger, own }: { readonly logger: Logger; readonly own: FlushableLogger | undefined },
): Promise<Admin> {
  const levels = own === undefined ? {} : { levels: own }
  const server = createAdminServer({ ...asked, host, worker, logger, ...levels })
  const port = await server.start()
  logger.info({ host, port }, `admin verbs at http://${host}:${port}: /pause /resume /seek /log-level`)
  return { port, close: () => server.stop() }
}
