import { expect, test } from 'vitest'
import { judge } from './describe-with-broker.js'

const reason = 'no Java 17+ found (install a JDK or set MILLRACE_TEST_BROKERS)'

test('runs on a shared broker', () => {
  const bootstrap = ['127.0.0.1:20001']
  expect(judge('orders', { kind: 'running', broker: 'jvm', bootstrap, probePort: 20_005 })).toEqual({
    kind: 'run',
    bootstrap,
    probePort: 20_005,
  })
})

test('is skipped without one, in one line', () => {
  expect(judge('orders', { kind: 'unavailable', reason, required: false })).toEqual({
    kind: 'skip',
    line: `skipped: orders: needs Kafka; ${reason}`,
  })
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
