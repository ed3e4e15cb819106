import { afterEach, expect, it, vi } from 'vitest'
import { systemClock } from './clock.js'

afterEach(() => {
  vi.useRealTimers()
})

it.each([2 ** 31, Infinity])('a wait of %s ms, longer than a timer of Node can be, does not end at once', (ms) => {
  vi.useFakeTimers()
  let isOver = false
  const timer = systemClock.after(ms, () => (isOver = true))
  vi.advanceTimersByTime(86_400_000)
  timer.cancel()
  expect(isOver).toBe(false)
})
