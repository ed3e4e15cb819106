import { systemClock, type Clock, type Timer } from '@millrace/core'
import type { FlushableLogger, LogLevel } from '../../log/create-logger.js'

export interface LogLevelControl {
  /** For a while, or until it is set again. Returns what it was. */
  set(level: LogLevel, forMs: number | undefined): LogLevel
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
    set(level, forMs) {
      const before = logger.level
      revert()
      if (forMs === undefined) usual = level
      else timer = clock.after(forMs, revert)
      logger.setLevel(level)
      return before
    },
    close: revert,
  }
}
