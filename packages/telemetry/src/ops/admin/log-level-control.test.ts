import { expect, it } from 'vitest'
import { createLogLevelControl } from './log-level-control.js'
import type { LogLevel } from '../../log/create-logger.js'

const setup = () => {
  let level: LogLevel = 'info'
  const due: { readonly ms: number; readonly call: () => void; isCancelled: boolean }[] = []
  const logger = {
    get level() {
      return level
    },
    setLevel: (next: LogLevel) => void (level = next),
  }
  const clock = {
    after(ms: number, call: () => void) {
      const timer = { ms, call, isCancelled: false }
      due.push(timer)
      return { cancel: () => void (timer.isCancelled = true) }
    },
  }
  return { control: createLogLevelControl(logger, clock), logger, due }
}

it('sets a level for a while and takes it off again', () => {
  const { control, logger, due } = setup()
  control.set('debug', 600_000)
  expect([logger.level, due[0]?.ms]).toEqual(['debug', 600_000])
  due[0]?.call()
  expect(logger.level).toBe('info')
})

it('a later level takes the place of one that was for a while, and of its end', () => {
  const { control, logger, due } = setup()
  control.set('trace', 60_000)
  control.set('warn', undefined)
  expect(control.level).toBe('warn')
  expect(due[0]?.isCancelled).toBe(true)
  control.set('debug', 60_000)
  control.close()
  expect([logger.level, due[1]?.isCancelled]).toEqual(['warn', true])
})
