import { describe, expect, it } from 'vitest'
import { BrokerOptionsError, type BrokerOptions } from './broker-options.js'
import { systemClock } from './clock/system-clock.js'
import { resolveOptions } from './resolve-options.js'

function problemsOf(options: BrokerOptions): readonly string[] {
  try {
    resolveOptions(options)
  } catch (error) {
    if (error instanceof BrokerOptionsError) return error.problems
    throw error
  }
  return []
}

describe('options of a broker', () => {
  it('have the documented defaults', () => {
    expect(resolveOptions()).toEqual({
      topics: [],
      autoCreateTopics: false,
      defaultPartitions: 1,
      host: '127.0.0.1',
      port: 0,
      tcp: true,
      listeners: [],
      nodeId: 0,
      clock: systemClock,
      seed: undefined,
      memoryLimitBytes: 268_435_456,
      groups: {
        minSessionMs: 6_000,
        maxSessionMs: 1_800_000,
        initialRebalanceDelayMs: 0,
        maxGroupSize: 2_147_483_647,
        offsetMetadataMaxBytes: 4_096,
      },
      transactions: { maxTimeoutMs: 900_000, reaperIntervalMs: 10_000 },
    })
  })

  it('take topics by number and with configs', () => {
    const { topics } = resolveOptions({
      defaultPartitions: 4,
      topics: { a: 6, b: {}, c: { partitions: 2, config: { 'retention.ms': 1000, preallocate: true } } },
    })
    expect(topics.map(({ name, partitions, config }) => [name, partitions, [...(config ?? [])]])).toEqual([
      ['a', 6, []],
      ['b', 4, []],
      [
        'c',
        2,
        [
          ['retention.ms', '1000'],
          ['preallocate', 'true'],
        ],
      ],
    ])
  })

  it.each([
    [1024, 1024],
    ['1024', 1024],
    ['4KiB', 4096],
    ['64MiB', 67_108_864],
    ['1.5 gib', 1_610_612_736],
  ])('read a memory limit of %j', (memoryLimit, bytes) => {
    expect(resolveOptions({ memoryLimit }).memoryLimitBytes).toBe(bytes)
  })

  it('read durations', () => {
    const { groups, transactions } = resolveOptions({
      groups: { minSessionTimeout: '500ms', maxSessionTimeout: '1m', initialRebalanceDelay: 30 },
      transactions: { maxTimeout: '2s', reaperInterval: 100 },
    })
    expect(groups).toMatchObject({ minSessionMs: 500, maxSessionMs: 60_000, initialRebalanceDelayMs: 30 })
    expect(transactions).toEqual({ maxTimeoutMs: 2_000, reaperIntervalMs: 100 })
  })

  it.each<[BrokerOptions, string]>([
    [{ port: 65_536 }, 'port is 65536: it is a whole number from 0 to 65535'],
    [{ port: Number.NaN }, 'port is NaN: it is a whole number from 0 to 65535'],
    [{ host: '' }, "host is empty: it is an address or a name, such as '127.0.0.1'"],
    [{ listeners: { A: { port: 65_536 } } }, 'listeners.A.port is 65536: it is a whole number from 0 to 65535'],
    [
      { listeners: { A: { advertised: { host: 'a', port: 0 } } } },
      'listeners.A.advertised.port is 0: it is a whole number from 1 to 65535',
    ],
    [
      { listeners: { A: { advertised: { host: '', port: 1 } } } },
      'listeners.A.advertised.host is empty: it is an address or a name',
    ],
    [{ listeners: { A: {} }, tcp: false }, 'listeners are ports, and with tcp: false there are none'],
    [{ nodeId: -1 }, 'nodeId is -1: it is a whole number from 0 to 2147483647'],
    [{ defaultPartitions: 0 }, 'defaultPartitions is 0: it is a whole number from 1 to 100000'],
    [{ topics: { a: 0 } }, 'topics.a is 0: it is a whole number from 1 to 100000'],
    [{ topics: { a: { config: { nonsense: 1 } } } }, 'topics.a: Unknown topic config name: nonsense'],
    [{ topics: { 'a b': 1 } }, expect.stringMatching(/^topics\.a b: Topic name is invalid/)],
    [{ topics: { 'a.b': 1, a_b: 1 } }, 'topics.a_b collides with topics.a.b: "." and "_" count as the same'],
    [{ topics: { a: 60_000, b: 60_000 } }, 'topics have 120000 partitions together: at most 100000'],
    [{ memoryLimit: 'much' }, "memoryLimit is much: it is bytes, or a text such as '64MiB' or '1GiB'"],
    [{ memoryLimit: 0 }, "memoryLimit is 0: it is bytes, or a text such as '64MiB' or '1GiB'"],
    [
      { groups: { minSessionTimeout: -1 } },
      expect.stringMatching(/^groups\.minSessionTimeout is -1: it is milliseconds/),
    ],
    [
      { groups: { minSessionTimeout: '2m', maxSessionTimeout: '1m' } },
      'groups.minSessionTimeout (120000 ms) is above groups.maxSessionTimeout (60000 ms)',
    ],
  ])('refuse %j', (options, problem) => {
    expect(problemsOf(options)).toEqual([problem])
  })

  it('refuse everything that is wrong at once', () => {
    const options = { port: -1, nodeId: 1.5, memoryLimit: 'x' }
    expect(problemsOf(options).length).toBe(3)
    expect(() => resolveOptions(options)).toThrow(/^3 options of the broker cannot be:\n- port is -1/)
  })
})
