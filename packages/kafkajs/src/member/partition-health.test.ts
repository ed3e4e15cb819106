import { expect, it } from 'vitest'
import { createPartitionHealth } from './partition-health.js'

it('waits 100 ms after the first failure, doubling up to 5 s', () => {
  const health = createPartitionHealth()
  const waits = Array.from({ length: 8 }, () => {
    health.failed(1000, 'broken')
    return (health.retryAtMs ?? 0) - 1000
  })
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
})

it('is due again exactly when its wait is over', () => {
  const health = createPartitionHealth()
  expect(health.isDue(0)).toBe(true)
  health.failed(1000, 'broken')
  expect([health.isDue(1099), health.isDue(1100)]).toEqual([false, true])
  health.succeeded()
  expect(health.isDue(0)).toBe(true)
})

it('reports what is broken once, and its recovery once', () => {
  const health = createPartitionHealth()
  expect([health.failed(0, 'broken'), health.failed(100, 'broken'), health.failed(9000, 'moving')]).toEqual([
    true,
    false,
    false,
  ])
  expect([health.succeeded(), health.succeeded()]).toEqual([true, false])
  expect(health.failed(10_000, 'broken')).toBe(true)
})

it('keeps quiet about a leader that moves within a second', () => {
  const health = createPartitionHealth()
  expect([health.failed(0, 'moving'), health.failed(999, 'moving')]).toEqual([false, false])
  expect(health.succeeded()).toBe(false)
})

it('reports a leader that has been away for a second, counted from its first failure', () => {
  const health = createPartitionHealth()
  health.failed(0, 'moving')
  expect(health.failed(1000, 'moving')).toBe(true)
  health.succeeded()
  expect(health.failed(1001, 'moving')).toBe(false)
})
