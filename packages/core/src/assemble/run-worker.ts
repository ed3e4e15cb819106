import { MillraceError } from '../millrace-error.js'
import type { Logger } from '../observe/logger.js'
import { errorFrom } from '../observe/thrown.js'
import type { Worker } from './worker-contract.js'

/** The process as `run` needs it; `process` fits. */
export interface ProcessHost {
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
  exit(code: number): void
}

export interface RunOptions {
  readonly logger: Logger
  readonly onGiveUp: 'exit' | 'stay'
  readonly host: ProcessHost
  /** Writes out what is still buffered (logs); the last thing before the exit. */
  readonly flush?: () => Promise<void>
}

const signals = ['SIGTERM', 'SIGINT'] as const

/**
 * Runs a worker as the whole job of a process: starts it, drains it on SIGTERM or SIGINT, and exits. Code 0 after a drain
 * in time; 1 when the start failed, the drain ran out of time, a member could not be kept alive, or a promise of the
 * user's code was rejected with nobody listening; 130 or 143 at once on a second signal.
 */
export async function runWorker(worker: Worker, { logger, onGiveUp, host, flush }: RunOptions): Promise<void> {
  const ending = Promise.withResolvers<{ readonly code: number }>()
  let isEnding = false
  let isSignalled = false
  const end = (code: number): void => {
    isEnding = true
    ending.resolve({ code })
  }
  const onSignal = signals.map((signal) => () => {
    if (isSignalled) return host.exit(signal === 'SIGINT' ? 130 : 143)
    isSignalled = true // a first signal while it ends for another reason asks for nothing new
    logger.info({ signal }, 'stopping: draining what is in progress; a second signal ends at once')
    end(0)
  })
  const onStray = (thrown: unknown): void => {
    logger.error({ err: errorFrom(thrown) }, 'an error in the process had no handler; the worker drains and exits')
    end(1)
  }
  const off = worker.on('worker.failed', ({ error }) => {
    logger.error({ err: error }, readable(error))
    if (onGiveUp === 'exit') end(1)
  })

  signals.forEach((signal, at) => host.on(signal, onSignal[at] ?? onStray))
  host.on('unhandledRejection', onStray)
  host.on('uncaughtException', onStray)
  worker.start().catch((thrown: unknown) => {
    if (isEnding) return // stop() interrupted the start; its report says how that ended
    const error = errorFrom(thrown)
    logger.error({ err: error }, readable(error))
    end(1)
  })

  const { code } = await ending.promise
  const isClean = await stopped(worker, logger)
  off()
  signals.forEach((signal, at) => host.off(signal, onSignal[at] ?? onStray))
  host.off('unhandledRejection', onStray)
  host.off('uncaughtException', onStray)
  const isFlushed = await (flush?.() ?? Promise.resolve()).then(() => true, failedTo(logger, 'flush the logs'))
  host.exit(code === 0 && !(isClean && isFlushed) ? 1 : code)
}

/** Whether it stopped in time. Whatever goes wrong, the process must come to its exit. */
async function stopped(worker: Worker, logger: Logger): Promise<boolean> {
  try {
    const { abandoned, inTime } = await worker.stop()
    logger.info(
      { abandoned, inTime },
      inTime ? 'stopped' : 'stopped after shutdownTimeout: running handlers were abandoned',
    )
    return inTime
  } catch (thrown) {
    return failedTo(logger, 'stop the worker')(thrown)
  }
}

const failedTo =
  (logger: Logger, what: string) =>
  (thrown: unknown): false => {
    logger.error({ err: errorFrom(thrown) }, `could not ${what}; the process exits all the same`)
    return false
  }

/** An error as the log's one message: what, why, what to do. */
const readable = (error: Error): string =>
  error instanceof MillraceError ? `${error.message}\n${error.why}\n${error.todo}` : error.message
