import { describe, expect, it } from 'vitest'
import { brakeOptions } from './declare/brake-options.js'
import { consumerOptions, policyOptions } from './declare/handle-options.js'
import { customRetryOptions } from './declare/retry/custom-retry.js'
import { fixedRetryOptions } from './declare/retry/fixed.js'
import { type OptionTable, resolveOptions } from './option.js'
import {
  handlerOptions,
  producerOptions,
  retryOptions,
  transactionalProducerOptions,
  transformOptions,
  workerOptions,
} from './options.js'

const KiB = 1024
const MiB = 1024 * KiB

// Typed by hand from the design and not from the tables: a default that moves must be moved here as well.
const defaults: [string, OptionTable, Record<string, unknown>][] = [
  [
    'createWorker',
    workerOptions,
    {
      topicPrefix: undefined,
      groupPrefix: undefined,
      maxConcurrency: undefined,
      shutdownTimeoutMs: 25_000,
      hookTimeoutMs: 30_000,
      sessionTimeoutMs: 15_000,
      heartbeatIntervalMs: 500,
      rebalanceTimeoutMs: undefined,
      instanceId: undefined,
      startFrom: 'earliest',
      outOfRange: 'earliest',
      commitIntervalMs: 200,
      commitRecords: 200,
      transactionIntervalMs: 100,
      transactionRecords: 500,
      transactionTimeoutMs: 15_000,
      bufferedOutputs: 20_000,
      bufferedOutputBytes: 64 * MiB,
      transactionalInstance: undefined,
      bufferedRecords: 500,
      totalBufferedRecords: 5_000,
      totalBufferedBytes: 64 * MiB,
      maxBytesPerPartition: MiB,
      watchdogMs: 60_000,
      restarts: 5,
      restartWindowMs: 600_000,
      onGiveUp: 'exit',
      verifyTopics: true,
    },
  ],
  [
    '@Handle',
    handlerOptions,
    {
      delivery: 'at-least-once',
      order: 'partition',
      concurrency: 16,
      timeoutMs: 20_000,
      onOversize: 'halt',
      errorStack: false,
    },
  ],
  [
    '@Handle policies',
    policyOptions,
    {
      ...{ deadLetter: undefined, onExhausted: undefined, retry: undefined, retryIf: undefined, middleware: undefined },
      ...{ when: undefined, priority: undefined },
      brake: { share: 50, records: 100, windowMs: 60_000, probeMs: 30_000 },
    },
  ],
  [
    '@Transform',
    transformOptions,
    { delivery: 'exactly-once', inheritKey: true, inheritTimestamp: true, maxOutputs: 10_000 },
  ],
  ['brake', brakeOptions, { share: 50, records: 100, windowMs: 60_000, probeMs: 30_000 }],
  ['@Consumer', consumerOptions, { middleware: undefined, defaults: undefined, unmatched: undefined }],
  [
    'exponential',
    retryOptions,
    { attempts: 4, initialDelayMs: 200, maxDelayMs: 5_000, budgetMs: 15_000, jitter: 'full' },
  ],
  ['fixed', fixedRetryOptions, { attempts: 4, delayMs: 1_000, jitter: 'none' }],
  ['customRetry', customRetryOptions, { attempts: 4 }],
  [
    'createTransactionalProducer',
    transactionalProducerOptions,
    { transactionTimeoutMs: 60_000, lingerMs: 5, maxBatchBytes: 64_000, compression: 'lz4' },
  ],
  [
    'producer',
    producerOptions,
    {
      lingerMs: 5,
      maxBatchBytes: 64_000,
      compression: 'lz4',
      deliveryTimeoutMs: 30_000,
      maxBufferedBytes: 32 * MiB,
      onFull: 'wait',
    },
  ],
]

// Names of durations that have no default, so that nothing resolved carries their unit.
const optionalDurations = ['rebalanceTimeout']

describe.each(defaults)('the options of %s', (_name, table, expected) => {
  it('have the documented defaults, and no others exist', () => {
    const { value, problems } = resolveOptions(table, {}, 'test')
    const names = Object.entries(table).map(([name, row]) => (row.kind.unit === 'ms' ? `${name}Ms` : name))
    expect(Object.fromEntries(names.map((name) => [name, Reflect.get(value, name)]))).toEqual(expected)
    expect(problems).toEqual([])
  })

  it('each say in a sentence what they do', () => {
    for (const [name, { doc }] of Object.entries(table)) expect(doc, name).toMatch(/^[A-Z@`].{15,}\.$/su)
  })

  it('each refuse nonsense under their own name', () => {
    const hostile = Object.fromEntries(Object.keys(table).map((name) => [name, Number.NaN]))
    const { problems } = resolveOptions(table, hostile, 'test')
    expect(problems.map(({ where }) => where)).toEqual(Object.keys(table).map((name) => `test: ${name}`))
  })
})

it('optional durations are named as such', () => {
  const found = Object.entries(workerOptions).filter(([, row]) => row.default === undefined && row.kind.unit === 'ms')
  expect(found.map(([name]) => name)).toEqual(optionalDurations)
})

// The limits that the texts of the options promise.
it.each([
  ['timeout', handlerOptions.timeout, '100ms', '99ms', '30m', '31m'],
  ['shutdownTimeout', workerOptions.shutdownTimeout, '0ms', '-1ms', '1h', '61m'],
  ['watchdog', workerOptions.watchdog, '1s', '999ms', '1h', '61m'],
  ['sessionTimeout', workerOptions.sessionTimeout, '500ms', '499ms', '30m', '31m'],
  ['concurrency', handlerOptions.concurrency, 1, 0, 10_000, 10_001],
  ['attempts', retryOptions.attempts, 1, 0, 1_000, 1_001],
  ['maxOutputs', transformOptions.maxOutputs, 1, 0, 1_000_000, 1_000_001],
  ['budget', retryOptions.budget, '1ms', '0ms', '12h', '13h'],
  ['totalBufferedBytes', workerOptions.totalBufferedBytes, '64KiB', '63KiB', '16GiB', '17GiB'],
  ['linger', producerOptions.linger, '0ms', '-1ms', '10s', '11s'],
])('%s is limited at both ends', (_name, { kind }, low, tooLow, high, tooHigh) => {
  expect([low, tooLow, high, tooHigh].map((input) => kind.parse(input).kind)).toEqual(['ok', 'wrong', 'ok', 'wrong'])
})
