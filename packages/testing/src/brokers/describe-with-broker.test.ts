import { describe, expect, test } from 'vitest'
import { judge } from './describe-with-broker.js'

const reason = 'no Java 17+ found (install a JDK or set MILLRACE_TEST_BROKERS)'
const running = { kind: 'running', bootstrap: ['127.0.0.1:20001'], probePort: 20_005 } as const

describe('a suite that wants a broker', () => {
  test('runs on a real Kafka, whatever it needs', () => {
    const address = { ...running, broker: 'jvm', probe: 'java' } as const
    const needs = ['compaction', 'several nodes', 'java clients'] as const
    expect(judge('orders', address, needs)).toEqual({ kind: 'run', address, missing: [] })
  })

  test('misses on an embedded broker what that is not', () => {
    const address = { ...running, broker: 'embedded', probe: 'java' } as const
    expect(judge('orders', address)).toEqual({ kind: 'run', address, missing: [] })
    expect(judge('orders', address, ['quotas', 'java clients'])).toMatchObject({ missing: ['quotas'] })
  })

  test("misses Kafka's own clients where there is no Java", () => {
    const address = { ...running, broker: 'embedded', probe: 'wire' } as const
    expect(judge('orders', address, ['java clients'])).toMatchObject({ missing: ['java clients'] })
  })

  test('is skipped without one; the run has said why', () => {
    expect(judge('orders', { kind: 'unavailable', reason, required: false })).toEqual({ kind: 'skip' })
  })

  test('fails without one where it is required', () => {
    expect(judge('orders', { kind: 'unavailable', reason, required: true })).toEqual({
      kind: 'fail',
      line: `orders: CI is set and Kafka is required; ${reason}`,
    })
  })

  test('fails where nobody set it up, since a skip would hide that', () => {
    expect(judge('orders', undefined)).toMatchObject({ kind: 'fail', line: expect.stringContaining('globalSetup') })
  })
})
