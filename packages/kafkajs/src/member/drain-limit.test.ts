import { expect, it } from 'vitest'
import { drainLimitMs } from './drain-limit.js'

it.each([
  ['what was asked for, where the group waits longer', 30_000, 60_000, 500, 30_000],
  [
    'what the group waits, less a heartbeat and the time of a join, where more was asked for',
    60_000,
    60_000,
    500,
    57_500,
  ],
  ['half of a very short wait', 60_000, 1000, 300, 500],
])('a drain may take %s', (_, revokeDrainMs, rebalanceTimeoutMs, heartbeatIntervalMs, expected) => {
  expect(drainLimitMs({ revokeDrainMs, rebalanceTimeoutMs, heartbeatIntervalMs })).toBe(expected)
})
