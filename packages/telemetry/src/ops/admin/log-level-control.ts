import { systemClock, type Clock, type Timer } from '@millrace/core'
import type { FlushableLogger, LogLevel } from '../../log/create-logger.js'

export interface LogLevelControl {
  readonly level: LogLevel
  /** For a while, or until it is set again. */
  set(level: LogLevel, forMs: number | undefined): void
  /** Takes a level off that was set for a while. */
  close(): void
}

export function createLogLevelControl(
  logger: Pick<FlushableLogger, 'level' | 'setLevel'>,
  clock: Pick<Clock, 'after'> = systemClock,
): LogLevelControl {
  let usual = logger.level
  let timer: Timer | undefined
  const revert = (): void => {
    timer?.cancel()
    timer = undefined
    logger.setLevel(usual)
  }
  return {
    get level() {
      return logger.level
    },
    set(level, forMs) {
      revert()
      if (forMs === undefined) usual = level
      else timer = clock.after(forMs, revert)
      logger.setLevel(level)
    },
    close: revert,
  }
}
