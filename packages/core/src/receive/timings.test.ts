import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../option.js'
import { workerOptions } from '../options.js'
import { handlerPlan } from '../test-support/plans.js'
import { deriveTimings } from './timings.js'

const derive = (timeoutMs: number, given: object = {}) =>
  deriveTimings(
    { groups: [{ group: 'billing', handlers: [handlerPlan({ timeoutMs: 100 }), handlerPlan({ timeoutMs })] }] },
    resolveOptions(workerOptions, given, 'createWorker').value,
  )

describe('deriveTimings', () => {
  it.each<[string, number, object, number, number, number]>([
    [
      'drains for the longest time limit plus 5 s, and lets the driver wait 5 s more for the last commit',
      20_000,
      {},
      25_000,
      30_000,
      60_000,
    ],
    ['raises the rebalance timeout above a long drain', 300_000, {}, 305_000, 310_000, 315_000],
    ['takes the rebalance timeout that was given', 20_000, { rebalanceTimeout: '2m' }, 25_000, 30_000, 120_000],
  ])('%s', (_behaviour, timeoutMs, given, drainMs, revokeDrainMs, rebalanceTimeoutMs) => {
    expect(derive(timeoutMs, given)).toMatchObject({ drainMs, revokeDrainMs, rebalanceTimeoutMs, problems: [] })
  })

  it('refuses a rebalance timeout below the drain', () => {
    expect(derive(60_000, { rebalanceTimeout: '60s' }).problems).toHaveLength(1)
  })

  it('refuses a heartbeat interval above a third of the session', () => {
    expect(derive(20_000, { sessionTimeout: '3s', heartbeatInterval: '2s' }).problems).toHaveLength(1)
  })

  it('refuses a transaction time-out that leaves no time to send what was made in an interval', () => {
    const derivePipeline = (given: object, delivery: 'exactly-once' | 'at-least-once') =>
      deriveTimings(
        { groups: [{ group: 'billing', handlers: [handlerPlan({ delivery })] }] },
        resolveOptions(workerOptions, given, 'createWorker').value,
      ).problems.map(({ where }) => where)
    const short = { transactionTimeout: '4s', transactionInterval: '100ms' }
    expect(derivePipeline(short, 'exactly-once')).toEqual(['createWorker: transactionTimeout'])
    expect(derivePipeline({ ...short, transactionTimeout: '5s' }, 'exactly-once')).toEqual([])
    expect(derivePipeline(short, 'at-least-once')).toEqual([])
  })

  it('warns where a handler may run longer than the shutdown waits', () => {
    expect(derive(20_000).warnings).toEqual([])
    expect(derive(26_000).warnings).toHaveLength(1)
  })
})
