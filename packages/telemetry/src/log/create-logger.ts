import type { Logger } from '@millrace/core'
import pino from 'pino'
import { type LoggableOptions, loggable } from './loggable.js'
import { redactText } from './redact-text.js'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LoggerOptions {
  /** The lowest level that is written. Default: `info`. */
  readonly level?: LogLevel
  /** Where the lines go. Default: standard output, written at once, so that a crash loses none. */
  readonly destination?: { write(line: string): void }
  /** Whether a field `key` is written, escaped and cut at 64 bytes. Default: true. */
  readonly key?: boolean
}

/** A logger whose last lines can be waited for. */
export interface FlushableLogger extends Logger {
  /** Resolves when everything is written, or after two seconds: a blocked pipe must not hold up an exit. */
  flush(): Promise<void>
}

/**
 * JSON lines by pino: `level`, `time`, `msg` and the fields. Whatever is passed, no bytes of a record are written, secrets
 * are redacted by name, errors carry type, code, message and their chain of causes.
 */
export function createLogger({ level = 'info', destination, key = true }: LoggerOptions = {}): FlushableLogger {
  const options = {
    level,
    base: { pid: process.pid },
    formatters: { level: (label: string) => ({ level: label }) },
    // pino would read the described error as an error once more, and lose its causes.
    serializers: { err: (described: unknown) => described },
  }
  return wrap(destination === undefined ? pino(options) : pino(options, destination), { key })
}

type Level = 'debug' | 'info' | 'warn' | 'error'

function wrap(target: pino.Logger, options: LoggableOptions): FlushableLogger {
  const writer =
    (level: Level) =>
    (fields: object, message: string): void => {
      if (target.isLevelEnabled(level)) target[level](loggable(fields, options), redactText(message))
    }
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    child: (bindings) => wrap(target.child(loggable(bindings, options)), options),
    flush: () => flushed(target),
  }
}

const flushLimitMs = 2000

function flushed(target: pino.Logger): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, flushLimitMs)
    target.flush(() => {
      clearTimeout(timer)
      resolve() // with an error too: a log that can't be written has nowhere to say so
    })
  })
}
