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

/** A logger whose last lines can be waited for, and whose level can be changed while it is used. */
export interface FlushableLogger extends Logger {
  readonly level: LogLevel
  /** Of this logger and of everything that was made from it, whenever that was. */
  setLevel(level: LogLevel): void
  /** Resolves when everything is written, or after two seconds: a blocked pipe must not hold up an exit. */
  flush(): Promise<void>
}

/**
 * JSON lines by pino: `level`, `time`, `msg` and the fields. Whatever is passed, no bytes of a record are written, secrets
 * are redacted by name, errors carry type, code, message and their chain of causes.
 */
export function createLogger({ level = 'info', destination, key = true }: LoggerOptions = {}): FlushableLogger {
  const options = {
    level: 'trace', // what is written is decided here, for children that were made before a change, too
    base: { pid: process.pid },
    formatters: { level: (label: string) => ({ level: label }) },
    // pino would read the described error as an error once more, and lose its causes.
    serializers: { err: (described: unknown) => described },
  }
  return wrap(destination === undefined ? pino(options) : pino(options, destination), { key }, createThreshold(level))
}

/** The lowest level that is written, of a logger and its children. */
interface Threshold {
  readonly level: LogLevel
  /** In pino's numbers. */
  readonly value: number
  set(level: LogLevel): void
}

function createThreshold(first: LogLevel): Threshold {
  let level = first
  let value = valueOf(first)
  return {
    get level() {
      return level
    },
    get value() {
      return value
    },
    set(next) {
      level = next
      value = valueOf(next)
    },
  }
}

const valueOf = (level: LogLevel): number => (level === 'silent' ? Infinity : (pino.levels.values[level] ?? 0))

type Level = 'debug' | 'info' | 'warn' | 'error'

function wrap(target: pino.Logger, options: LoggableOptions, threshold: Threshold): FlushableLogger {
  const writer = (level: Level) => {
    const own = valueOf(level)
    return (fields: object, message: string): void => {
      if (own >= threshold.value) target[level](loggable(fields, options), redactText(message))
    }
  }
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    child: (bindings) => wrap(target.child(loggable(bindings, options)), options, threshold),
    get level() {
      return threshold.level
    },
    setLevel: (level) => threshold.set(level),
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
